"""The receiver's signed receipt closes a delivery: what arrived is, byte for byte, what was offered."""

from django.db import transaction

from suixin.data.doors.files import places
from suixin.data.doors.files.errors import PackageGone, WrongReceipt
from suixin.data.doors.files.models import Package, PackageState
from suixin.ground.audit import actions as audit
from suixin.ground.link.acknowledging import Acknowledgement, acknowledgement_of
from suixin.ground.link.errors import PackageBroken
from suixin.kit import clock
from suixin.kit.actor import Actor

MOST_BYTES = 1 << 14


def acknowledge_package(package: Package, receipt: bytes, *, actor: Actor) -> Package:
    """The package, received; its file is no longer needed and goes. The same receipt again changes nothing.

    Who may is asked by the door: the receiving application. Raises WrongReceipt, PackageGone.
    """
    try:
        told = acknowledgement_of(receipt, bytes.fromhex(package.key.public))
    except PackageBroken as error:
        raise WrongReceipt(error.sentence) from error
    _check(package, told)
    with places.turn(package):
        held = _received(package, receipt, told, actor)
        if held.state == PackageState.ACKNOWLEDGED:
            places.remove(held)
    return held


@transaction.atomic
def _received(package: Package, receipt: bytes, told: Acknowledgement, actor: Actor) -> Package:
    held = Package.objects.select_for_update(of=("self",)).select_related("order__application", "key").get(pk=package.pk)
    if held.state == PackageState.ACKNOWLEDGED:
        return held
    if held.state != PackageState.OFFERED:
        raise PackageGone(f"这个数据包{held.get_state_display()},不能再签收。")
    held.state, held.acknowledged_at, held.receipt = PackageState.ACKNOWLEDGED, clock.now(), receipt.decode()
    held.save(update_fields=["state", "acknowledged_at", "receipt"])
    detail = {"version": held.version, "sm3": told.sm3, "received_at": told.received_at[:40]}
    audit.record(actor, "sharing.package_received", held, detail=detail)
    return held


def _check(package: Package, told: Acknowledgement) -> None:
    if told.package != str(package.uuid):
        raise WrongReceipt("这份回执是另一个数据包的;请核对数据包编号。")
    if told.sm3 != package.sm3 or told.manifest_sm3 != package.manifest_sm3:
        raise WrongReceipt(
            f"收到的内容与提供的不符:提供的 SM3 是 {package.sm3},回执是 {told.sm3[:64]};请重新下载后再签收,原件还在。"
        )
