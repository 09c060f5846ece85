"""What a page shows of the way back: open rows of a batch, the annotated sheet, what came back for it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import versions
from suixin.data.lake.models import Batch
from suixin.data.quality.loop import corrections
from suixin.data.quality.loop.marks import MOST_ROWS
from suixin.data.quality.models import Correction
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.templatetags.suixin import moment, number


@dataclass(frozen=True, slots=True)
class CorrectionPanel:
    """The sheet of one batch. `more`: open rows beyond what one sheet holds; `back`: the order to come back to."""

    batch: Batch
    open_rows: int
    more: int
    is_masked: bool
    may_return: bool
    came: Table
    back: str = ""


def correction_panel(batch: Batch, *, actor: Actor, back: str = "") -> CorrectionPanel | None:
    """The panel; None where nothing was rejected, or for who may not see rejected rows."""
    root = corrections.root_of(batch)
    if not root.rejected or not policy.may(actor, "quality.read_rejects", root.resource):
        return None
    left = corrections.open_count(root)
    is_masked = not versions.sees_rejects_whole(root.resource, actor=actor)
    may_return = left > 0 and not is_masked and policy.may(actor, "collection.run", root.resource)
    return CorrectionPanel(root, left, max(0, left - MOST_ROWS), is_masked, may_return, _came(root), back)


def panel_of_order(order: WorkOrder, *, actor: Actor) -> CorrectionPanel | None:
    """The panel of the batch that an order is about; None for any other order."""
    if order.subject_kind != "quality.batch":
        return None
    _, _, key = order.subject_key.rpartition("/")
    found = Batch.objects.landed().select_related("resource__provider").filter(pk=int(key) if key.isdecimal() else 0).first()
    return correction_panel(found, actor=actor, back=order.number) if found is not None else None


def _came(root: Batch) -> Table:
    """Every sheet that came back."""
    columns = (
        Column(gettext("时间")), Column(gettext("提交人")), Column(gettext("更正入库"), is_numeric=True),
        Column(gettext("仍不合格"), is_numeric=True), Column(gettext("不再提供"), is_numeric=True), Column(gettext("更正批次")),
    )
    made = root.corrections.select_related("landed").order_by("-pk")[:50]
    rows = [
        (Cell(moment(one.at)), Cell(one.by), Cell(number(one.mended)), Cell(number(one.still_bad)),
         Cell(number(one.given_up), note=one.reason), _landed(root, one))
        for one in made
    ]
    return Table(gettext("更正记录"), columns, rows, gettext("还没有更正。"))


def _landed(root: Batch, one: Correction) -> Cell:
    if one.landed_id is None:
        return Cell("" if one.is_done else gettext("正在处理"))
    return Cell(str(one.landed_id), reverse("console-batch", args=[root.resource.table, one.landed_id]))
