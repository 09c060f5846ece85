"""The main job end to end, on the city's own files: what a new user gets from bin/demo."""

import json

import pytest
from django.conf import settings

from suixin.data.catalog.models import Demand, InformationSystem, Resource
from suixin.data.collection.models import Drift, Feed, FeedRun, Source
from suixin.data.insight.models import Value
from suixin.data.lake.models import Batch
from suixin.data.opening.models import Dataset
from suixin.data.sharing.models import Part, Share, Violation
from suixin.ground.flow.models import Instance
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.people.models import Account
from suixin.site import cli

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def _run_demo():
    assert cli.main(["demo", "--no-serve"]) == 0
    return json.loads((settings.SUIXIN.home / "demo.json").read_text("utf-8"))


def _counts():
    kept = (
        Resource, Batch, Dataset, Share, Part, Violation, Value, Account, Instance, WorkOrder, InformationSystem, Demand, Source, Feed,
        FeedRun,
        Drift,
    )
    return [model.objects.count() for model in kept]


def _require_personal_data_inside():
    opened = set(Dataset.objects.values_list("distributions__resource__table", flat=True))
    assert "resident_insurance" not in opened
    assert "air_quality_daily" in opened


def test_demo_lands_every_file_once_keeps_personal_data_inside_and_second_run_doubles_nothing():
    first = _run_demo()
    assert {file["status"] for file in first["files"]} == {"landed"}
    assert all(file["rows_in"] == file["accepted"] + file["rejected"] > 0 for file in first["files"])
    assert Feed.objects.exclude(source=None).count() == 2
    assert Drift.objects.get(state="open").feed.resource.title == "公共招聘岗位"
    assert "培训人数" in WorkOrder.objects.get(title__startswith="职业技能培训班次").title
    _require_personal_data_inside()
    before = _counts()
    second = _run_demo()
    assert {file["status"] for file in second["files"]} == {"known"}
    assert _counts() == before
    _require_personal_data_inside()
    assert cli.main(["check"]) == 0
