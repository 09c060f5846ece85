"""The package of a version: made once for each order, grant, plan and key, whatever is killed when.

Built     beside, then renamed; the row says "offered" only after the file is there. A run that was killed leaves a row "building"
          and perhaps a part of a file, which the next run takes away
"""

import uuid as uuid_lib
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.versions import newest_version
from suixin.data.doors.files import places
from suixin.data.doors.files.clearing import withdraw_if_ended
from suixin.data.doors.files.contents import contents_of
from suixin.data.doors.files.errors import OrderHeld
from suixin.data.doors.files.models import FileForm, FileOrder, OrderState, Package, PackageState, ReceiverKey
from suixin.ground.audit import actions as audit
from suixin.ground.jobs.registry import Given
from suixin.ground.link import keys
from suixin.ground.link.package_form import About
from suixin.ground.link.packing import Packed, Receiver, pack
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit import clock, crash
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed, NotFound
from suixin.kit.sm import sm3_hex

KIND = "rows"


def build_package(order: FileOrder, *, actor: Actor) -> Package:
    """The package of the newest version, there. Raises NotAllowed, OrderHeld, what `open_plan` does, PackageDiskFull."""
    policy.require(actor, "sharing.exchange", order.application)
    key = ReceiverKey.objects.filter(application=order.application, ended_at=None).first()
    if key is None:
        raise OrderHeld(f"应用“{order.application.name}”没有在用的接收公钥,没有生成数据包;请登记后再启用。")
    plan = plan_of_order(order)
    package, _ = Package.objects.get_or_create(
        order=order, grant=uuid_lib.UUID(plan.grant), version=newest_version(plan.table), shape=plan.fingerprint, key=key
    )
    with places.turn(package):
        package.refresh_from_db()
        if package.state == PackageState.ACKNOWLEDGED or (package.state == PackageState.OFFERED and places.path_of(package).exists()):
            return package
        places.remove(package)
        with contents_of(plan, package.version, FileForm(order.form)) as contents:
            places.keep_evidence(package, contents.evidence)
            packed = pack(
                places.path_of(package), contents.parts, _about(package, plan), to=Receiver(bytes.fromhex(key.public), key.fingerprint),
                sign=keys.sign,
            )
        crash.point("package_built")
        _offered(package, packed, contents.rows, actor)
    withdraw_if_ended(package)  # a grant that ended while the package was made
    package.refresh_from_db()
    return package


def plan_of_order(order: FileOrder) -> Plan:
    """What the receiver is shown. Raises what `open_plan` does."""
    return open_plan(application_actor(order.application), order.resource, door=Door.FILE).stating(order.purpose)


def run(given: Given) -> str:
    """The order seen to, as the system: who asked was allowed when they asked. Run again, it does what is left."""
    order = FileOrder.objects.select_related("application__organisation", "resource__provider").filter(
        pk=int(given.text("order") or 0)
    ).first()
    if order is None:
        raise NotFound("这项文件交换不在了,没有生成数据包。")
    if order.state == OrderState.PAUSED:
        return "这项文件交换已暂停,没有生成数据包。"
    try:
        package = build_package(order, actor=SYSTEM)
    except (OrderHeld, NotAllowed, NotFound) as error:  # trying again changes nothing; it is told on its page
        _tell(order, OrderState.HELD, error.sentence)
        return error.sentence
    told = f"第 {package.version} 版的数据包{package.get_state_display()},{package.rows:,} 行。"
    _tell(order, OrderState.ENABLED, told)
    return told


def _tell(order: FileOrder, state: OrderState, sentence: str) -> None:
    FileOrder.objects.filter(pk=order.pk).exclude(state=OrderState.PAUSED).update(state=state, sentence=sentence[:600])


def _about(package: Package, plan: Plan) -> About:
    told = {
        "resource": plan.contract.code, "table": plan.table, "title": plan.contract.title, "version": package.version,
        "basis": plan.basis, "masks": list(plan.mask_names), "row_filter": plan.row_filter,
    }
    return About(
        sender=settings.SUIXIN.city, receiver=package.order.application.app_id, kind=KIND, number=package.version, id=str(package.uuid),
        created=clock.now().isoformat(timespec="seconds"), purpose=plan.purpose, grant=plan.grant, told=told,
    )


@transaction.atomic
def _offered(package: Package, packed: Packed, rows: int, actor: Actor) -> None:
    package.state, package.sentence, package.rows, package.size = PackageState.OFFERED, "", rows, packed.size
    package.sm3, package.manifest_sm3 = packed.sm3, sm3_hex(packed.manifest.as_json())
    package.built_at = clock.now()
    package.expires_at = package.built_at + timedelta(days=package.order.days)
    package.save()
    detail = {"version": package.version, "rows": rows, "bytes": packed.size, "sm3": packed.sm3, "grant": str(package.grant)}
    audit.record(actor, "sharing.package_built", package, detail=detail)
