"""One application of the demo: its form filled in and handed in as on the pages, its steps decided by whoever holds the post."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from suixin.ground.flow import advancing, calendars
from suixin.ground.flow.models import Step
from suixin.ground.forms.actions import Saving, save_draft, submit
from suixin.ground.forms.declaration import Field, Form
from suixin.ground.forms.queries import form_of
from suixin.ground.people.models import Organisation, Post
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import applying, asking, fees, handling, parties, rules
from suixin.services.cases.models import Application, Case
from suixin.services.items.models import Item, ItemState, ItemVersion
from suixin.services.items.queries import version_at
from suixin.services.matters import asking as themes
from suixin.services.matters import ending
from suixin.services.matters.models import Matter
from suixin.services.themes.models import ThemeState, ThemeVersion
from suixin.site.demo.flows import ago

NEAR = -1  # so many days ago that the examination ends today and the promise is near
LONGEST = 60
OWN = {"delivery": "window", "statement": "agreed"}
PAGE = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """An application handed in so many days ago: for an item (its basic code), or for a theme in a situation.

    `moves`: days ago, what was done, and its reason or name; of a theme the part (whole: "") and what was done with it.
    """

    who: str
    days: int
    item: str = ""
    theme: str = ""
    situation: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)
    moves: tuple[tuple[int, str, str], ...] = ()

    @property
    def token(self) -> UUID:
        """What the application is known by."""
        return uuid5(NAMESPACE_URL, f"suixin-demo/{self.who}/{self.item or self.theme}")


def apply(asked: Asked, actor: Actor) -> bool:
    """Whether the application was made now: it was not there, and the city offers what it is for."""
    if Application.objects.filter(token=asked.token).exists():
        return False
    near = _days_to_near(asked)
    with ago(near if asked.days == NEAR else asked.days, 9):
        slug, subject = _form_of(asked)
        if not slug:
            return False
        form = form_of(slug)
        resident = parties.resident_of(actor)
        values, files = _filled(form, {**OWN, "mobile": resident.mobile if resident else "", **asked.values})
        with transaction.atomic():
            draft = save_draft(form, Saving(asked.token, 0, values, uploads=files, subject=subject), actor=actor)
            submit(form, asked.token, draft.revision, actor=actor)
    for hour, (days, move, reason) in enumerate(asked.moves, 10):
        with ago(near if days == NEAR else days, hour):
            _on_matter(asked, move, reason) if asked.theme else MOVES[move](_case(asked), reason, actor)
    return True


def _version(asked: Asked) -> ItemVersion | None:
    item = Item.objects.filter(parent__code=asked.item, state=ItemState.IN_USE).first()
    return version_at(item, clock.now()) if item is not None else None


def _form_of(asked: Asked) -> tuple[str, tuple[str, str]]:
    """The form's name and what its draft is about; ("", ...) where it is not offered."""
    if asked.item:
        version = _version(asked)
        return (asking.slug_of(version), ("cases.apply", version.item.code)) if version is not None else ("", ("", ""))
    rows = ThemeVersion.objects.filter(theme__slug=asked.theme, theme__state=ThemeState.IN_USE).select_related("theme")
    offered = rows.order_by("-number").first()
    return (themes.slug_of(offered, asked.situation) if offered is not None else "", (themes.SUBJECT, asked.theme))


def _days_to_near(asked: Asked) -> int:
    """How many days ago the item's promise began, when its examination ends today."""
    with ago(LONGEST):
        version = _version(asked) if asked.days == NEAR else None
    if version is None:
        return 0
    days, calendar, today = rules.limit_of(version.content, "promise").amount, calendars.current(), clock.today()
    due = calendar.nth_workday_after(today, max(days // 3, 1))
    return next(ago for ago in range(1, LONGEST) if calendar.nth_workday_after(today - timedelta(days=ago), days) <= due)


def _filled(form: Form, told: Mapping[str, object]) -> tuple[dict[str, object], dict[str, list[SimpleUploadedFile]]]:
    """A value for every field that has to be filled in, as told or the first that fits; a file for each material that has to be there."""
    values: dict[str, object] = {}
    files: dict[str, list[SimpleUploadedFile]] = {}
    for group, one in form.fields():
        if one.name in told:
            values[one.name] = told[one.name]
        elif one.is_required and not group.repeat and one.when is None:
            if one.type == "file":
                files[one.name] = [SimpleUploadedFile(f"{one.label[:30]}（模拟）.pdf", PAGE)]
            else:
                values[one.name] = _first(one)
    return values, files


def _first(one: Field) -> object:
    match one.type:
        case "choice":
            return next(iter(one.options or {}))
        case "choices":
            return [next(iter(one.options or {}))]
        case "yes-no":
            return False
        case "integer" | "decimal":
            return one.least or 1
        case "date":
            return clock.today()
        case _:
            return "示例"


def _case(asked: Asked) -> Case:
    return _fresh(Case.objects.get(application__token=asked.token))


def _fresh(case: Case) -> Case:
    rows = Case.objects.select_related("reception", "handling", "organisation", "application__window", "version__item")
    return rows.get(pk=case.pk)


def _holder(place: Organisation, role: str) -> Actor:
    """Who holds that post there. Raises LookupError when nobody does."""
    post = Post.objects.not_ended(clock.today()).filter(organisation=place, role=role).select_related("account").order_by("pk").first()
    if post is None:
        raise LookupError(f"演示里{place}没有人担任 {role}")
    return actor_of(post.account)


def _clerk(case: Case) -> Actor:
    return _holder(case.organisation, "clerk")


def _decide(case: Case, action: str, reason: str, **more: object) -> Step | None:
    """The waiting step after it was decided by whoever holds its post; None when nothing waits."""
    step = handling.waiting_step(_fresh(case))
    if step is not None and step.organisation is not None:
        advancing.decide(step, action, actor=_holder(step.organisation, step.role), reason=reason, **more)  # type: ignore[arg-type]  # as given
    return step


def _on_matter(asked: Asked, part: str, move: str) -> None:
    matter = Matter.objects.select_related("organisation").get(application__token=asked.token)
    if move == "deliver":
        ending.deliver(matter, "窗口领取（模拟）", actor=_holder(matter.organisation, "clerk"))
        return
    case = matter.parts.get(name=part).case
    if case is None:
        raise LookupError(f"演示的一件事“{matter.title}”里“{part}”还没有开始")
    _decide(case, "approve", "材料齐全")
    while move == "approve" and (step := handling.waiting_step(_fresh(case))) is not None and step.node != "deliver":
        _decide(case, "approve", "符合条件")


MOVES: Mapping[str, Callable[[Case, str, Actor], object]] = {
    "approve": lambda case, reason, _: _decide(case, "approve", reason),
    "reject": lambda case, reason, _: _decide(case, "reject", reason),
    "supplement": lambda case, reason, _: _decide(case, "supplement", "一次告知需补正的内容", data={"missing": [reason]}),
    "at_once": lambda case, reason, _: handling.finish_at_once(case, actor=_clerk(case), to=reason),
    "deliver": lambda case, reason, _: handling.deliver(case, reason, actor=_clerk(case), note="窗口领取"),
    "fee": lambda case, reason, _: fees.assess(case, reason, 12_000, actor=_clerk(case)),
    "write": lambda case, reason, applicant: applying.write(case, reason, actor=applicant),
    "reply": lambda case, reason, _: handling.reply(case, reason, actor=_clerk(case)),
}
