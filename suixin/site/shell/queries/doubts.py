"""What pages show of doubts: one's own with the answers; to the provider what an order is about."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.quality.loop import doubts
from suixin.data.quality.models import Doubt, DoubtState
from suixin.ground.files.queries import named
from suixin.ground.flow.orders.models import WorkOrder
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table, Tone
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

STATES = (gettext_noop("校核中"), gettext_noop("已更正"), gettext_noop("核实无误"))
TONES: dict[str, Tone] = {DoubtState.OPEN: "info", DoubtState.CORRECTED: "good", DoubtState.REFUTED: "quiet"}


def doubts_table(found: Sequence[Doubt], *, is_cards: bool = False) -> Table:
    """One's own doubts with the answers."""
    columns = (
        Column(gettext("编号"), is_code=True), Column(gettext("资源")), Column(gettext("信息项")), Column(gettext("应为")),
        Column(gettext("提出时间")), Column(gettext("状态")), Column(gettext("答复"), is_long=True),
    )
    rows = []
    for one in found:
        told = doubts.told_by(one)
        rows.append((
            Cell(one.order_number), Cell(one.resource.title, note="，".join(value for _, value in told.row)), Cell(told.item),
            Cell(told.expected), Cell(moment(one.asked_at)), Cell(word(one.get_state_display()), tone=TONES[one.state]),
            Cell(one.answer, note=moment(one.answered_at) if one.answered_at else ""),
        ))
    empty = gettext("还没有申请过校核。在数据页面点“数据有误？申请校核”。")
    return Table(gettext("我的校核申请"), columns, rows, empty, is_cards=is_cards)


def doubted_table(order: WorkOrder, *, actor: Actor) -> Table | None:
    """What was said to be wrong, for who corrects it; None for any other order or reader."""
    found = doubts.of_order(order, actor=actor)
    if not found:
        return None
    columns = (
        Column(gettext("哪一行"), is_long=True), Column(gettext("信息项")), Column(gettext("显示为")), Column(gettext("应为")),
        Column(gettext("依据"), is_long=True), Column(gettext("申请人")), Column(gettext("状态")),
    )
    rows = []
    for one in found:
        told = doubts.told_to(one, actor=actor)
        who = str(one.organisation) if one.organisation else gettext("公众")
        rows.append((
            Cell("，".join(f"{name}={value}" for name, value in told.row)), Cell(told.item), Cell(told.shown), Cell(told.expected),
            Cell(told.evidence), Cell(who, note=moment(one.asked_at)), Cell(word(one.get_state_display()), tone=TONES[one.state]),
        ))
    return Table(gettext("申请校核的内容"), columns, rows)


def proof_table(order: WorkOrder, *, actor: Actor) -> Table | None:
    """What was handed in to prove it, for who corrects it; None when there is nothing, or for another reader."""
    rows = Doubt.objects.filter(order_number=order.number).exclude(proof=[])
    ids = [one for doubt in rows if doubts.may_read_proof(actor, str(doubt.uuid)) for one in doubt.proof]
    held = named(ids)
    found = [(Cell(held[one].name, reverse("console-file", args=[one])), Cell(moment(held[one].kept_at))) for one in ids if one in held]
    return Table(gettext("证明材料"), (Column(gettext("文件"), is_long=True), Column(gettext("时间"))), found) if found else None
