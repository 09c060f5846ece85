"""What the pages of procedures show: the list with its figures, one procedure in one of its versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.cache import cache
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.flow import subjects
from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.models import LIVE, Instance, Procedure, ProcedureVersion, Step, StepStatus
from suixin.ground.flow.procedures import declaration_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Stat, Table
from suixin.site.shell.flow_words import condition_words
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.queries.procedure_diff import differences
from suixin.site.shell.queries.procedure_drawing import Drawn, amount_words, drawn, duration_words
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import item_type

PAGE_SIZE = 50
DAYS = 90  # the on-time rate is that of the steps decided since
_FIGURES, _FIGURES_SECONDS = "flow-figures", 60


@dataclass(frozen=True, slots=True)
class Figures:
    """How a procedure runs: live instances, steps decided in the last DAYS days, how many of them late."""

    live: int = 0
    decided: int = 0
    late: int = 0

    @property
    def on_time(self) -> str:
        """The share of steps decided in time; "" when none was."""
        return f"{100 * (self.decided - self.late) / self.decided:.1f}%" if self.decided else ""


@dataclass(frozen=True, slots=True)
class ProcedureList:
    """One page of the list."""

    words: str
    table: Table
    pages: Pages
    may_publish: bool


@dataclass(frozen=True, slots=True)
class ProcedurePage:
    """One procedure in the version shown; `state` says whether that is the one in force."""

    procedure: Procedure
    version: ProcedureVersion
    declaration: Declaration
    state: Cell
    facts: Sequence[tuple[str, str]]
    stats: Sequence[Stat]
    drawn: Drawn
    fields: Table
    decisions: Sequence[Table]
    versions: Table
    changes: Table | None
    may_publish: bool


def procedure_list(parameters: Mapping[str, str], *, actor: Actor) -> ProcedureList:
    """Procedures under `q` (name, slug); a constant number of queries."""
    words = parameters.get("q", "").strip()[:60]
    found = Procedure.objects.all()
    for part in words.split():
        found = found.filter(Q(title__icontains=part) | Q(slug__icontains=part))
    shown, pages = page_of(found, parameters, size=PAGE_SIZE)
    current, figures = _in_force(shown), _figures()
    columns = (
        Column(gettext("流程")), Column(gettext("对象")), Column(gettext("生效版本")),
        Column(gettext("承诺时限")), Column(gettext("法定时限")),
        Column(gettext("办理中"), is_numeric=True),
        Column(gettext("按时办理率"), is_numeric=True, hint=gettext("近 %(days)d 天办理的环节") % {"days": DAYS}),
    )
    rows = [_row(one, current.get(one.pk), figures.get(one.pk, Figures())) for one in shown]
    empty = gettext("没有符合条件的流程。") if words else gettext("还没有发布流程。")
    return ProcedureList(words, Table(gettext("流程"), columns, rows, empty), pages, may_publish(actor))


def procedure_page(slug: str, number: str = "", *, actor: Actor) -> ProcedurePage:
    """One procedure, in the version of that number (default: the one in force, else the newest). Raises NotFound."""
    version, versions = version_of(slug, number)
    procedure, declaration = version.procedure, declaration_of(version)
    now = _in_force([procedure]).get(procedure.pk)
    shown = drawn(declaration)
    before = next((one for one in versions if one.number < version.number), None)
    changes = differences(declaration_of(before), declaration) if before else None
    figures = _figures().get(procedure.pk, Figures())
    return ProcedurePage(
        procedure, version, declaration, _state(version, now), _facts(declaration, version), _stats(declaration, shown, figures), shown,
        _fields(declaration), _decisions(declaration), _versions(versions, version, now), changes, may_publish(actor),
    )


def version_of(slug: str, number: str = "") -> tuple[ProcedureVersion, list[ProcedureVersion]]:
    """The version of that number, by default the one in force or else the newest; and all of them. Raises NotFound."""
    versions = list(ProcedureVersion.objects.filter(procedure__slug=slug).select_related("procedure"))
    if not versions:
        raise NotFound("没有这个流程；请从流程列表进入。")
    if number:
        found = next((one for one in versions if str(one.number) == number), None)
        if found is None:
            raise NotFound("这个流程没有这一版；请从版本列表进入。")
        return found, versions
    return _in_force([versions[0].procedure]).get(versions[0].procedure_id, versions[0]), versions


def may_publish(actor: Actor) -> bool:
    """Whether the actor may publish procedures."""
    return policy.may(actor, "flow.publish_procedure", None)


def _in_force(procedures: Sequence[Procedure]) -> dict[int, ProcedureVersion]:
    """The version in force today of each; one query. The last to begin counts, of one day the highest number."""
    found = ProcedureVersion.objects.filter(procedure__in=procedures, effective_from__lte=clock.today())
    return {one.procedure_id: one for one in found.order_by("effective_from", "number").select_related("procedure")}


def _figures() -> dict[int, Figures]:
    """Figures of every procedure, counted at most once a minute."""
    known = cache.get(_FIGURES)
    if isinstance(known, dict):
        return known
    since = clock.now() - timedelta(days=DAYS)
    live = dict(Instance.objects.filter(status__in=LIVE).order_by().values_list("procedure").annotate(many=Count("pk")))
    steps = Step.objects.filter(status=StepStatus.DONE, done_at__gte=since).order_by().values_list("procedure")
    counted = steps.annotate(many=Count("pk"), late=Count("pk", filter=Q(is_late=True)))
    decided = {key: (many, late) for key, many, late in counted}
    found = {key: Figures(live.get(key, 0), *decided.get(key, (0, 0))) for key in live.keys() | decided.keys()}
    cache.set(_FIGURES, found, _FIGURES_SECONDS)
    return found


def _row(procedure: Procedure, version: ProcedureVersion | None, figures: Figures) -> tuple[Cell, ...]:
    declaration = declaration_of(version) if version else None
    in_force = Cell(f"v{version.number}", note=_since(version.effective_from)) if version else Cell(gettext("未生效"), tone="warn")
    return (
        Cell(procedure.title, reverse("console-procedure", args=[procedure.slug]), note=procedure.slug),
        Cell(subject_words(procedure.subject)), in_force,
        Cell(duration_words(declaration.promised) if declaration else ""),
        Cell(duration_words(declaration.statutory) if declaration else ""),
        Cell(number(figures.live)),
        Cell(figures.on_time, note=gettext("%(n)s 件") % {"n": number(figures.decided)} if figures.decided else ""),
    )


def subject_words(kind: str) -> str:
    """What the kind of subject is called; its code when nobody registered it."""
    known = subjects.kinds.get(kind)
    return gettext(known.title) if known and known.title else kind


def _since(day: date) -> str:
    return gettext("%(day)s 起") % {"day": day}


def _state(version: ProcedureVersion, now: ProcedureVersion | None) -> Cell:
    if now is not None and version.pk == now.pk:
        return Cell(gettext("现行"), tone="good")
    if version.effective_from > clock.today():
        return Cell(gettext("将于 %(day)s 生效") % {"day": version.effective_from}, tone="warn")
    return Cell(gettext("已被取代"), tone="quiet")


def _facts(declaration: Declaration, version: ProcedureVersion) -> list[tuple[str, str]]:
    facts = [
        (gettext("标识"), declaration.id), (gettext("对象"), subject_words(declaration.subject)), (gettext("依据"), declaration.basis),
        (gettext("补正期限"), duration_words(declaration.supplement_limit)),
        (gettext("发布"), f"{moment(version.published_at)} {version.published_by}"), (gettext("说明"), version.note),
        ("SM3", version.digest),
    ]
    return [(name, value) for name, value in facts if value]


def _stats(declaration: Declaration, shown: Drawn, figures: Figures) -> list[Stat]:
    longest = Stat(gettext("最长路径"), amount_words(shown.longest, shown.unit) if shown.longest else "—")
    return [
        Stat(gettext("环节"), number(len(declaration.nodes))), longest,
        Stat(gettext("承诺时限"), duration_words(declaration.promised) or "—"),
        Stat(gettext("法定时限"), duration_words(declaration.statutory) or "—"), Stat(gettext("办理中"), number(figures.live)),
        Stat(gettext("按时办理率"), figures.on_time or "—", note=gettext("近 %(days)d 天") % {"days": DAYS}),
    ]


def _fields(declaration: Declaration) -> Table:
    rows = [(Cell(name), Cell(item_type(letter))) for name, letter in declaration.fields.items()]
    return Table(gettext("字段"), (Column(gettext("字段"), is_code=True), Column(gettext("类型"))), rows)


def _decisions(declaration: Declaration) -> list[Table]:
    hits = {"first": gettext("取第一条"), "unique": gettext("只能有一条"), "collect": gettext("取全部")}
    columns = (Column(gettext("条件"), is_code=True), Column(gettext("取值")))
    return [
        Table(
            gettext("决策表：%(field)s（%(hit)s）") % {"field": one.field, "hit": hits.get(one.hit, one.hit)}, columns,
            [(Cell(condition_words(rule.when)), Cell(str(rule.value))) for rule in one.rules],
        )
        for one in declaration.decisions
    ]


def _versions(versions: Sequence[ProcedureVersion], shown: ProcedureVersion, now: ProcedureVersion | None) -> Table:
    columns = (
        Column(gettext("版本")), Column(gettext("状态")), Column(gettext("生效日期")), Column(gettext("发布")),
        Column(gettext("说明"), is_long=True),
    )
    rows = [
        (
            _number(one, is_shown=one.pk == shown.pk), _state(one, now), Cell(str(one.effective_from)),
            Cell(one.published_by, note=moment(one.published_at)), Cell(one.note),
        )
        for one in versions
    ]
    return Table(gettext("版本"), columns, rows)


def _number(version: ProcedureVersion, *, is_shown: bool) -> Cell:
    return Cell(f"v{version.number}", note=gettext("正在看")) if is_shown else Cell(f"v{version.number}", f"?version={version.number}")
