"""A theme handed in: one application, its parts and visits, and the cases of what may begin at once; all of it or nothing.

Once     the application by its token, the matter by its application, a part by matter and name: unique in the database
Checked  every part that the situation calls for, also those whose case opens later: item in use, authority, materials
"""

from collections.abc import Mapping

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import calendars
from suixin.ground.forms.models import Submission
from suixin.ground.forms.registry import Handled
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import applying, opening
from suixin.services.cases.attached import DocumentKind
from suixin.services.cases.models import Application, Channel
from suixin.services.cases.numbering import next_document_number, next_joint_number
from suixin.services.cases.opening import Handed
from suixin.services.items.models import ItemVersion
from suixin.services.matters import advancing, asking
from suixin.services.matters.asking import Asked
from suixin.services.matters.errors import NotOpenTheme, UnfitSituation
from suixin.services.matters.models import Matter, Part, Visit
from suixin.services.themes import rules as theme_rules
from suixin.services.themes.models import ThemeState
from suixin.services.themes.rules.timing import visits_of

KIND = "matters.matter"


def submitted(submission: Submission, values: Mapping[str, object], actor: Actor) -> Handled:
    """What handing in the form of a theme leads to: the matter with its cases; inside the transaction of the submission."""
    asked = asked_by(submission)
    application = applying.apply(submission, values, told_in(asked, values), actor=actor)
    matter = open_matter(application, asked, values, actor=actor)
    return Handled(f"/my/matters/{matter.number}/", (KIND, matter.number))


def asked_by(submission: Submission) -> Asked:
    """What the form that is handed in asks. Raises NotOpenTheme, UnfitSituation."""
    asked = asking.asked_of(submission.form)
    if asked is None:
        raise NotOpenTheme("这张申请表已经停用；请从一件事主题页重新进入。")
    require_open(asked)
    return asked


def told_in(asked: Asked, values: Mapping[str, object]) -> dict[str, object]:
    """What the form answers to the guides' questions of all parts."""
    return {name: value for part in asked.parts for name, value in asking.answers_for(asked, part, values).items()}


def require_open(asked: Asked) -> None:
    """Nothing, when the theme may be applied for in this version and situation. Raises NotOpenTheme, UnfitSituation."""
    theme = asked.version.theme
    if theme.state != ThemeState.IN_USE:
        reason = f"：{theme.reason}" if theme.reason else ""
        raise NotOpenTheme(f"“{theme.title}”现在不能申请（{theme.get_state_display()}{reason}）；请看主题页上的说明。")
    if theme.version != asked.version.number:
        raise NotOpenTheme(f"“{theme.title}”已更新为第 {theme.version} 版；请从主题页重新进入，按新的要求填写。")
    if failing := theme_rules.failing(asked.whole.theme, asked.answers):
        raise UnfitSituation(f"按您的情形现在还办不了：{failing[0].text}不符合；{failing[0].fault}。")
    if not asked.parts:
        raise UnfitSituation("按您的情形没有要办的事项；请回到主题页核对回答。")


@transaction.atomic
def open_matter(application: Application, asked: Asked, values: Mapping[str, object], *, actor: Actor) -> Matter:
    """The matter of the application, with what may begin at once begun; the same when it is there already.

    Raises NotAllowed, NotOpenTheme, NotOpen, MissingMaterial, UnfitApplicant.
    """
    known = Matter.objects.filter(application=application).first()
    if known is not None:
        return known
    theme, plan = asked.version.theme, theme_rules.plan_of(asked.whole, asked.parts)
    versions = versions_of(asked)
    matter = Matter.objects.create(
        number=next_joint_number(theme.lead), application=application, version=asked.version, organisation=theme.lead,
        title=asked.whole.theme.title, answers=dict(asked.answers), opened_at=clock.now(),
        receipt=next_document_number(theme.lead, DocumentKind.RECEIPT.value),
        due_on=plan.due(clock.today(), calendars.current()),
    )
    is_window = application.channel == Channel.WINDOW
    for position, name in enumerate(asked.parts, 1):
        answers, handed = asking.answers_for(asked, name, values), asking.handed_for(asked, name, values, is_window=is_window)
        opening.check(application, versions[name], handed=handed, answers=answers)
        span, organisation = plan.part(name), opening.department_of(versions[name])
        Part.objects.create(
            matter=matter, name=name, position=position, title=asked.whole.title(name), version=versions[name], organisation=organisation,
            handed=kept(handed), answers=opening.plain(answers), first=span.first, last=span.last,
        )
    for visit in visits_of(asked.whole.theme, asked.parts):
        named = [one for one in visit.parts if one in asked.parts]
        Visit.objects.create(matter=matter, name=visit.id, title=visit.title, parts=named, days=visit.days)
    audit.record(actor, "matters.opened", matter, detail={"theme": theme.slug, "version": asked.version.number, "parts": list(asked.parts)})
    advancing.advance(matter.pk, actor=actor)
    return Matter.objects.get(pk=matter.pk)


def kept(handed: Mapping[int, Handed]) -> dict[str, object]:
    """Materials as a part keeps them until its case opens."""
    return {str(number): [one.state.value, list(one.files), one.note] for number, one in handed.items()}


def versions_of(asked: Asked) -> dict[str, ItemVersion]:
    """The versions of the items on which the theme was published, by part. Raises NotOpenTheme."""
    found = {}
    for name in asked.parts:
        offer = asked.whole.offers[name]
        rows = ItemVersion.objects.select_related("item__organisation")
        version = rows.filter(item__code=offer.code, number=offer.version).first()
        if version is None:
            raise NotOpenTheme(f"“{asked.whole.title(name)}”的办事指南已不在；请联系牵头单位更新主题。")
        found[name] = version
    return found
