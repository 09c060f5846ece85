"""Any answer has a receipt on demand: of what was in memory and of what streamed, for its caller alone, none of half an answer."""

import os

import orjson
import pytest

from suixin.data.access.errors import BadGrant
from suixin.data.access.models import Door
from suixin.data.access.receipt_checks import is_answer, told_of_answer, verify_answer
from suixin.data.access.receipts import known_keys
from suixin.data.access.tests.factories import filled, grant
from suixin.data.doors import receipts, streams
from suixin.data.doors.exchange import Request
from suixin.data.doors.files import clearing
from suixin.data.doors.lean import answer_or_none
from suixin.data.doors.tests.client import get, make_caller, shared
from suixin.kit import clock, signing

pytestmark = pytest.mark.django_db


def checked(content, body, folder):
    """The verdict about the receipt and those bytes."""
    path = folder / "body"
    path.write_bytes(body)
    return verify_answer(content, trusted=known_keys(), body=path)


@pytest.mark.parametrize("url", [
    "/gateway/people_list/lookup?code=k000003", "/gateway/people_list/rows?page_size=5",
    "/dataset/people-list/resource/people_list/download/people-list.csv", "/dataset/people-list/resource/people_list/download/x.parquet",
])
def test_answer_has_a_receipt_that_verifies_its_bytes_off_line(url, tmp_path):
    caller, _ = shared()
    answer = caller.get(url, Prefer="receipt")
    receipt = caller.get(answer.headers["X-Receipt"])
    assert (answer.status, receipt.status, is_answer(receipt.body)) == (200, 200, True)
    verdict = checked(receipt.body, answer.body, tmp_path)
    assert verdict.is_intact, verdict.faults
    assert dict(told_of_answer(verdict.statement))["字节"] == f"{len(answer.body):,}"
    assert [one.what for one in checked(receipt.body, answer.body[:-1] + b"?", tmp_path).faults] == ["original"]
    forged = orjson.loads(receipt.body)
    forged["receipt"]["rows"] = 99
    assert not checked(orjson.dumps(forged, option=orjson.OPT_SORT_KEYS) + b"\n", answer.body, tmp_path).is_intact


def test_nobody_else_takes_a_receipt_and_it_goes_after_a_day():
    caller, _ = shared()
    place = caller.get("/gateway/people_list/lookup?code=k000003", Prefer="receipt").headers["X-Receipt"]
    assert (make_caller("other").get(place).status, get(place).status, caller.get(f"/receipts/{'0' * 36}").status) == (404, 404, 404)
    [path] = receipts._folder().glob("*.json")
    assert b"k000003" not in path.read_bytes()
    old = clock.now().timestamp() - 2 * 24 * 3600
    os.utime(path, (old, old))
    clearing.clear()
    assert caller.get(place).status == 404


@pytest.mark.parametrize("url", [
    "/gateway/people_list/lookup?code=k000003", "/gateway/people_list/rows?page_size=5", "/api/v1/datasets/people_list/rows",
    "/gateway/people_list/verify?code=k000003&phone=1", "/gateway/people_list/aggregate?amount__count",
    "/dataset/people-list/resource/people_list/download/people-list.csv",
])
def test_a_grant_that_demands_receipts_leaves_one_of_every_answer_asked_for_or_not(url, tmp_path):
    caller, _ = shared(is_receipted=True, columns=None)
    answer = caller.get(url)
    assert answer.status == 200, answer.body
    assert "Preference-Applied" not in answer.headers
    place = answer.headers["X-Receipt"]
    old = clock.now().timestamp() - 2 * 24 * 3600
    [path] = receipts._demanded().glob("*/*.json")
    os.utime(path, (old, old))
    clearing.clear()
    receipt = caller.get(place)
    assert checked(receipt.body, answer.body, tmp_path).is_intact
    assert make_caller("other").get(place).status == 404


def test_a_demanded_receipt_says_what_had_left_when_the_answer_broke_off(tmp_path):
    caller, resource = shared(is_receipted=True)
    url = "/dataset/people-list/resource/people_list/download/people-list.csv"
    headers = signing.sign("GET", url, app_id=caller.app_id, secret=caller.secret)
    environ = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    answer = answer_or_none(Request("GET", url, "", environ))
    assert answer is not None
    assert isinstance(answer.body, streams.Watched)
    piece = next(answer.body)
    answer.body.close()
    receipt = caller.get(dict(answer.headers)["X-Receipt"])
    verdict = checked(receipt.body, piece, tmp_path)
    assert verdict.is_intact, verdict.faults
    assert (verdict.statement["status"], verdict.statement["rows"], dict(told_of_answer(verdict.statement))["行数"]) == (499, None, "未记")
    assert resource.grants.get().is_receipted


def test_receipts_are_demanded_of_nobody_in_particular_and_of_pages_in_vain():
    resource = filled(3)
    with pytest.raises(BadGrant, match="可以收回执的一方"):
        grant(resource, is_receipted=True)
    with pytest.raises(BadGrant, match="页面"):
        grant(resource, subject_kind="application", subject_key="a", doors=[Door.PAGE, Door.ROWS], is_receipted=True)
    assert Door.PAGE not in grant(resource, subject_kind="application", subject_key="a", is_receipted=True).doors


def test_without_the_wish_for_half_an_answer_and_for_a_refusal_there_is_none():
    caller, _ = shared(doors=[Door.GATEWAY, Door.DOWNLOAD])
    assert "X-Receipt" not in caller.get("/gateway/people_list/lookup?code=k000003").headers
    assert "X-Receipt" not in caller.get("/gateway/people_list/rows", Prefer="receipt").headers
    url = "/dataset/people-list/resource/people_list/download/people-list.csv"
    headers = signing.sign("GET", url, app_id=caller.app_id, secret=caller.secret) | {"Prefer": "receipt"}
    environ = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    answer = answer_or_none(Request("GET", url, "", environ))
    assert answer is not None
    assert isinstance(answer.body, streams.Watched)
    next(answer.body)
    answer.body.close()
    assert caller.get(dict(answer.headers)["X-Receipt"]).status == 404
