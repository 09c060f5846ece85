"""`suixin collect`: a file or a folder into the lake."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from suixin.kit.actor import SYSTEM, Actor

if TYPE_CHECKING:
    from suixin.data.catalog.drafts import Assessed
    from suixin.data.collection.outcomes import FileOutcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to bring, and where to."""
    parser.add_argument("path", type=Path, help="file or folder")
    parser.add_argument("--resource", metavar="CODE", help="code or table of the entry that the file belongs to")
    parser.add_argument("--whole", action="store_true", help="with --resource: the file holds all rows; what is not in it is deleted")
    parser.add_argument("--most-deleted", type=int, default=20, metavar="PERCENT", help="with --whole: refuse to delete a larger share")
    parser.add_argument("--accept", action="store_true", help="publish the entry proposed for a new table at once")
    parser.add_argument("--secrecy-assessment", default="", metavar="NUMBER", help="with --accept: 保密风险评估编号 of the new entries")
    parser.add_argument("--privacy-assessment", default="", metavar="NUMBER", help="with --accept: 个人信息保护影响评估编号 of them")


def run(options: argparse.Namespace) -> int:
    """Bring it, a line per table; 1 when anything was refused."""
    from suixin.data.catalog.drafts import NOT_ASSESSED, Assessed
    from suixin.data.collection.landing import telling
    from suixin.data.collection.outcomes import FileOutcome
    from suixin.kit.errors import BadRequest
    from suixin.site.cli.judging import Counter
    from suixin.site.demo import report
    from suixin.site.wiring import mend

    def tell(outcome: FileOutcome) -> None:
        print(report.line(outcome), flush=True)

    accept = Assessed(options.secrecy_assessment, options.privacy_assessment) if options.accept else NOT_ASSESSED
    if options.accept and not accept:
        raise BadRequest("--accept 直接发布目录，须同时写明 --secrecy-assessment 和 --privacy-assessment（政务数据共享条例第十三条）。")
    actor = _bureau()
    if sentence := mend():
        print(sentence)
    counter = Counter()
    with telling(counter, begin=counter.begin):
        outcomes = _brought(options, actor, accept, tell)
    print(report.summary(outcomes))
    return 1 if any(outcome.status == "refused" for outcome in outcomes) else 0


def _brought(
    options: argparse.Namespace, actor: Actor, accept: "Assessed", tell: "Callable[[FileOutcome], None]"
) -> "list[FileOutcome]":
    from suixin.data.catalog.queries import resource_by
    from suixin.data.collection.actions import run_feed
    from suixin.data.collection.folders import collect_folder
    from suixin.data.collection.holding import WholeState
    from suixin.kit.errors import BadRequest

    if options.path.is_dir():
        if options.whole:
            raise BadRequest("--whole 只用于单个文件;请逐个文件归集。")
        if options.resource:
            raise BadRequest("--resource 只用于单个文件;文件夹请去掉这个参数,或逐个文件归集。")
        return collect_folder(options.path, actor=actor, accept=accept, report=tell)
    resource = resource_by(options.resource) if options.resource else None
    whole = WholeState(options.most_deleted) if options.whole else None
    return run_feed(options.path, actor=actor, resource=resource, accept=accept, report=tell, whole=whole)


def _bureau() -> Actor:
    """The system acting for the city's data bureau, which provides new entries until somebody says otherwise."""
    from django.conf import settings

    from suixin.cities.loader import load_city
    from suixin.ground.people.actions import load_organisations
    from suixin.ground.people.models import Organisation

    city = load_city(settings.SUIXIN.city)
    if not Organisation.objects.filter(slug=city.bureau).exists():
        load_organisations(city.organisations_path)
    bureau = Organisation.objects.get(slug=city.bureau)
    return replace(SYSTEM, organisation=bureau.uscc, organisation_path=bureau.path)
