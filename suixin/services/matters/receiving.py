"""A theme taken in at a window: chosen, its one form filled in, each material checked once, one receipt; the matter is as any other.

Form      `joint-...`, the one form of the theme (`asking.py`) with who stands there before it, a checklist instead of uploads
Who       whose window may receive for every department that handles a part, also of one that begins later
"""

from collections.abc import Collection, Mapping

from suixin.ground.forms.errors import UnknownForm
from suixin.ground.forms.models import Submission
from suixin.ground.forms.registry import Handled
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.services.cases import asking as items
from suixin.services.cases import opening as cases
from suixin.services.cases import receiving, window
from suixin.services.cases.errors import UnfitApplicant
from suixin.services.items.models import Item
from suixin.services.matters import asking, opening
from suixin.services.matters.asking import AT_WINDOW, Asked
from suixin.services.themes.declaration import Whole
from suixin.services.themes.rules.merging import Material

RECEIVE = "cases.receive"


def slug_of(asked: Asked, prefilled: Collection[int] = ()) -> str:
    """The name of the form; `prefilled` are numbers of questions that come filled in."""
    return asking.slug_of(asked.version, asked.answers, prefilled, family=AT_WINDOW)


def declared(key: str) -> object:
    """The form as a mapping. Raises UnknownForm."""
    slug = f"{AT_WINDOW}-{key}"
    asked = asking.asked_of(slug)
    if asked is None:
        raise UnknownForm("没有这张收件表；请从“窗口收件”进入。")
    checklist = [_checked(asked, number, one) for number, one in enumerate(asked.merged.materials, 1)]
    groups = [*asking.sections(asked), *asking.situation(asked), *window.materials(checklist), window.ending()]
    pages = [window.people(may_fill=bool(asked.fillable)), window.matter(groups)]
    title = f"窗口收件：{asked.whole.theme.title}"[:200]
    return {"id": slug, "title": title, "button": "收件", "pages": pages, "english": asking.english(asked, title) | window.ENGLISH}


def submitted(submission: Submission, values: Mapping[str, object], actor: Actor) -> Handled:
    """What handing in the form leads to: the matter with its cases; inside the transaction of the submission.

    Raises NotAllowed, NotOpenTheme, UnfitSituation, UnfitApplicant, MissingMaterial.
    """
    asked = opening.asked_by(submission)
    versions = opening.versions_of(asked).values()
    for version in versions:
        policy.require(actor, RECEIVE, cases.department_of(version))
    _require_one_firm(asked, values)
    items = {one.item.code for one in versions}
    application = receiving.take(submission, values, opening.told_in(asked, values), items=items, actor=actor)
    matter = opening.open_matter(application, asked, values, actor=actor)
    return Handled(f"{receiving.AFTERWARDS}{application.visit}", (opening.KIND, matter.number))


def require_may(whole: Whole, *, actor: Actor) -> None:
    """Nothing, when the actor's window may receive for every department of the theme. Raises NotAllowed."""
    for place in _departments(whole):
        policy.require(actor, RECEIVE, place)


def may(whole: Whole, *, actor: Actor) -> bool:
    """Whether the actor's window may take the theme in."""
    return all(policy.may(actor, RECEIVE, one) for one in _departments(whole))


def told_of_firm(asked: Asked, who: Mapping[str, object]) -> dict[str, object]:
    """Name and code of the firm that applies, as the bank asks them."""
    firm = window.applicant_in(who)
    told = dict(zip(asking.FIRM, (firm.name, firm.uscc), strict=True)) if firm.uscc else {}
    return {one.name: told[one.means] for one in asked.questions if one.means in told}


def _require_one_firm(asked: Asked, values: Mapping[str, object]) -> None:
    """Nothing, when the bank's questions name the firm that applies. Raises UnfitApplicant."""
    told, labels = told_of_firm(asked, values), {one.name: one.field.get("label") for one in asked.questions}
    for name, own in told.items():
        stated = str(values.get(name) or own).strip()
        if stated.upper() != str(own).upper():
            raise UnfitApplicant(f"“{labels[name]}”写的是“{stated}”，“谁来申请”一页是“{own}”；请改成同一家企业。")


def _departments(whole: Whole) -> list[Organisation | None]:
    codes = {one.code for one in whole.offers.values()}
    return [one.organisation for one in Item.objects.select_related("organisation").filter(code__in=codes).order_by("code")]


def _checked(asked: Asked, number: int, one: Material) -> dict[str, object]:
    if one.given_by:
        return asking.given(asked, number, one)
    told = [f"仅“{'、'.join(one.situations)}”需要" if one.situations else "", asking.used(asked, one)]
    needed = items.is_needed(one.row) and not one.situations
    return window.checked(f"m{number}", one.row, is_needed=needed, told="；".join(filter(None, told)))
