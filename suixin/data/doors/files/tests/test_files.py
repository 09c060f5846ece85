"""File exchange: built once, fetched in parts, opened by the receiver alone, acknowledged; gone with its grant."""

from datetime import timedelta

import pytest
from django.utils import timezone

from suixin.data.access import actions, stamps
from suixin.data.access.receipt_checks import verify_exchange
from suixin.data.access.receipts import known_keys
from suixin.data.access.tests.factories import land, record
from suixin.data.doors import streams
from suixin.data.doors.exchange import Request
from suixin.data.doors.files import building, clearing, places
from suixin.data.doors.files.errors import OrderHeld, WrongReceipt
from suixin.data.doors.files.models import FileForm, FileOrder, OrderState, Package, PackageState
from suixin.data.doors.files.ordering import OrderDraft, enqueue_due, note_landed, register_key, switch_order
from suixin.data.doors.files.receiving import acknowledge_package
from suixin.data.doors.files.tests.receiver import opened, signed
from suixin.data.doors.lean import answer_or_none
from suixin.data.doors.tests.client import get, make_caller
from suixin.ground.jobs.models import Job
from suixin.ground.link.acknowledging import acknowledge
from suixin.ground.link.errors import PackageBroken, PackageDiskFull, PackageNotOurs
from suixin.kit import signing
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from suixin.kit.sm import public_to_pem, sm2_keypair, sm2_sign
from tests import cast

pytestmark = pytest.mark.django_db


def test_the_receipt_inside_proves_the_rows_off_line(exchange, tmp_path):
    given = exchange(draft=OrderDraft(form=FileForm.PARQUET))
    for number in (5, 8, 9):  # several files, which DuckDB reads at once
        land(given.resource, [record(number) | {"number": 1}], sm3=f"again {number}")
    package = building.build_package(given.order, actor=SYSTEM)
    opened(given, places.path_of(package).read_bytes(), tmp_path)
    folder = tmp_path / "p"
    content = (folder / "receipt.json").read_bytes()
    assert verify_exchange(content, trusted=known_keys(), rows=folder / "rows.parquet").is_intact
    assert content == places.evidence_of(package).read_bytes()
    assert {one.name for one in places.folder().iterdir() if not one.name.endswith(".turn")} == {f"{package.uuid}.sxp"}


def test_a_version_is_packed_once_and_a_new_one_anew(exchange):
    given = exchange()
    first = building.build_package(given.order, actor=SYSTEM)
    assert building.build_package(given.order, actor=SYSTEM).sm3 == first.sm3
    land(given.resource, [record(5) | {"number": 1}], sm3="two")
    note_landed(given.resource.pk)
    assert enqueue_due() == 1
    assert enqueue_due() == 0
    assert Job.objects.get().kind == "exchange.package"
    assert building.build_package(given.order, actor=SYSTEM).version == first.version + 1
    pair = sm2_keypair()
    register_key(given.application, pair.public.hex(), actor=SYSTEM)
    assert building.build_package(given.order, actor=SYSTEM).key.public == pair.public.hex()
    assert Package.objects.filter(state=PackageState.OFFERED).count() == 3


def test_only_the_receiver_opens_and_a_changed_byte_is_refused(exchange, tmp_path):
    given = exchange()
    content = places.path_of(building.build_package(given.order, actor=SYSTEM)).read_bytes()
    with pytest.raises(PackageNotOurs):
        opened(given, content, tmp_path, private=sm2_keypair().private)
    changed = bytearray(content)
    changed[-2000] ^= 1
    with pytest.raises(PackageBroken, match="块"):
        opened(given, bytes(changed), tmp_path, "q")
    assert not (tmp_path / "q").exists()


def test_a_receipt_of_other_bytes_or_by_another_is_refused_and_the_package_stays(exchange, tmp_path):
    given = exchange()
    package = building.build_package(given.order, actor=SYSTEM)
    found, receipt = opened(given, places.path_of(package).read_bytes(), tmp_path)
    (tmp_path / "cut").write_bytes(b"half")
    other = acknowledge(tmp_path / "cut", found, received_at="x", sign=signed(given))
    forged = acknowledge(tmp_path / "p.sxp", found, received_at="x", sign=lambda m: ("r", sm2_sign(sm2_keypair().private, m).hex()))
    for wrong in (other, forged, receipt[:-5], b"{}"):
        answer = given.caller.post(f"/packages/{package.uuid}/receipt", wrong)
        assert (answer.status, answer.json["code"]) == (400, "file-4002")
    assert places.path_of(package).exists()
    assert given.caller.post(f"/packages/{package.uuid}/receipt", receipt).status == 200
    assert given.caller.post(f"/packages/{package.uuid}/receipt", receipt).status == 200  # again
    with pytest.raises(WrongReceipt):
        acknowledge_package(package, other, actor=SYSTEM)


@pytest.mark.parametrize("act", [actions.suspend_grant, actions.revoke_grant])
def test_a_grant_that_ends_ends_the_running_download_and_takes_the_package(exchange, monkeypatch, act, django_capture_on_commit_callbacks):
    monkeypatch.setattr(streams, "EVERY_SECONDS", 0.0)
    given = exchange(60, note="字" * 10_000)
    package = building.build_package(given.order, actor=SYSTEM)
    url = f"/packages/{package.uuid}/file"
    headers = signing.sign("GET", url, app_id="hospital", secret=given.caller.secret)
    environ = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    answer = answer_or_none(Request("GET", url, "", environ))
    assert answer is not None
    body = iter(answer.body)
    assert len(next(body)) == 1 << 18
    with django_capture_on_commit_callbacks(execute=True):
        act(given.grant, actor=SYSTEM, reason="到期")
    with pytest.raises(streams.StreamEnded):
        next(body)
    stamps.forget()
    package.refresh_from_db()
    assert (package.state, places.path_of(package).exists()) == ("withdrawn", False)
    assert given.caller.get(url).status == 403


def test_a_resumed_grant_has_its_package_made_again(exchange, django_capture_on_commit_callbacks):
    given = exchange()
    building.build_package(given.order, actor=SYSTEM)
    with django_capture_on_commit_callbacks(execute=True):
        actions.suspend_grant(given.grant, actor=SYSTEM, reason="核查")
        with pytest.raises(NotAllowed):
            building.build_package(given.order, actor=SYSTEM)
    with django_capture_on_commit_callbacks(execute=True):
        actions.resume_grant(given.grant, actor=SYSTEM, reason="核查完")
    given.order.refresh_from_db()
    assert given.order.next_at is not None
    assert places.path_of(building.build_package(given.order, actor=SYSTEM)).exists()


def test_a_full_disk_and_a_killed_builder_leave_nothing_half(exchange, monkeypatch):
    given = exchange()

    def full(*_):
        raise PackageDiskFull("磁盘空间不足。")

    with monkeypatch.context() as patched:
        patched.setattr("suixin.ground.link.packing.sm4_seal", full)
        with pytest.raises(PackageDiskFull):
            building.build_package(given.order, actor=SYSTEM)
    package = Package.objects.get()
    assert package.state == PackageState.BUILDING
    assert not [one for one in places.folder().iterdir() if not one.name.endswith(".turn")]
    left = places.folder() / f".{package.uuid}.sxp.0000.part"
    left.write_bytes(b"what a killed builder left")
    assert given.caller.get(f"/packages/{package.uuid}/file").status == 410
    assert building.build_package(given.order, actor=SYSTEM).state == PackageState.OFFERED
    assert not left.exists()


def test_nobody_else_sees_lists_or_fetches_a_package(exchange):
    given, other = exchange(), make_caller("other")
    package = building.build_package(given.order, actor=SYSTEM)
    [told] = given.caller.get("/packages/").json["packages"]
    assert (told["id"], told["rows"], told["state"]) == (str(package.uuid), package.rows, "offered")
    assert other.get("/packages/").json["packages"] == []
    for url in (f"/packages/{package.uuid}/file", "/packages/00000000-0000-0000-0000-000000000000/file", f"/packages/{'x' * 36}/file"):
        assert other.get(url).status == 404
        assert get(url).status == 401
    assert given.caller.get("/packages/other").status == 404


def test_a_package_that_nobody_takes_goes_after_its_days(exchange):
    given = exchange()
    package = building.build_package(given.order, actor=SYSTEM)
    Package.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert clearing.clear().startswith("过期的数据包 1 个")
    package.refresh_from_db()
    assert (package.state, places.path_of(package).exists()) == ("expired", False)


def test_an_order_waits_for_a_person_when_there_is_no_key_and_is_paused_by_its_own(exchange):
    given = exchange()
    given.application.receiver_keys.update(ended_at=timezone.now())
    with pytest.raises(OrderHeld):
        building.build_package(given.order, actor=SYSTEM)
    with pytest.raises(NotAllowed):
        switch_order(given.order, is_paused=True, actor=cast.clerk)
    FileOrder.objects.update(state=OrderState.HELD)
    register_key(given.application, public_to_pem(sm2_keypair().public), actor=SYSTEM)
    assert FileOrder.objects.get().state == OrderState.ENABLED
    assert switch_order(given.order, is_paused=True, actor=SYSTEM).next_at is None
