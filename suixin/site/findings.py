"""What handing in the form `work-order-found` does: it opens a work order, with its attachments, for who owns the cause."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.urls import reverse

from suixin.ground.flow.orders import kinds
from suixin.ground.flow.orders.actions import SUBJECT as ORDER
from suixin.ground.flow.orders.actions import open_order
from suixin.ground.flow.orders.queries import visible
from suixin.ground.flow.orders.rules import fingerprint_of
from suixin.ground.flow.subjects import Subject
from suixin.ground.forms.errors import FaultyAnswers
from suixin.ground.forms.models import Submission
from suixin.ground.forms.queries import form_of
from suixin.ground.forms.registry import Handled
from suixin.ground.forms.shown import parts
from suixin.ground.people.models import Organisation
from suixin.kit.actor import Actor
from suixin.site.shell.forms import refuse_personal_values

FORM, FINDING = "work-order-found", "flow.finding"


def open_from(submission: Submission, values: Mapping[str, object], actor: Actor) -> Handled:
    """The page of the order; about anything but a finding (a step, say) none is opened. Raises as `open_order`, FaultyAnswers."""
    if submission.subject_kind not in ("", FINDING):
        return Handled()
    place = Organisation.objects.filter(slug=submission.subject_key).first() if submission.subject_key else submission.organisation
    if place is None:
        raise FaultyAnswers("不知道由哪个单位负责；请从“工单”页点“新工单”，选择责任单位。", ["责任单位"])
    title, detail, photos = str(values.get("title", "")), _detail(values), values.get("photos")
    try:
        refuse_personal_values(f"{title}\n{detail}")
    except ValidationError as error:
        raise FaultyAnswers("".join(error.messages), list(error.messages)) from None
    opened = open_order(
        kinds.BY_HAND, subject=Subject(FINDING, place.slug), title=title, detail=detail, organisation=place,
        fingerprint=fingerprint_of((kinds.BY_HAND, place.slug, title)), actor=actor,
        files=[str(one) for one in photos] if isinstance(photos, list) else (),
    )
    return Handled(reverse("console-order", args=[opened.number]), (ORDER, opened.number))


def may_read(actor: Actor, number: str) -> bool:
    """Whether the actor may see the order of that number, and so what was handed in about it."""
    return visible(actor).filter(number=number).exists()


def _detail(values: Mapping[str, object]) -> str:
    """What was answered as text: the description first; contact and pictures stay with the form."""
    problem, place = parts(form_of(FORM), values)[:2]
    lines = [
        (heading, line) for part in (problem, place) for heading, block in part.blocks for line in block
        if line.text and not line.is_masked
    ]
    told = [f"{line.label}：{line.text}" for _, line in lines if line.label not in ("标题", "问题描述")]
    return "\n".join([str(values.get("description", "")), *told])
