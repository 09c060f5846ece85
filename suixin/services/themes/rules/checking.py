"""What forbids a theme to be published: each fault a sentence that names the items; pure.

Checked  conditions that can be read; nothing waits for itself; parts that can be reached, questions that decide something;
         the longest path within the promise in every situation; refusals that agree; one question, asked once, by somebody
Source   standards/services.md 2.2; issue: 互为前置、超过承诺时限的不予发布, 单项不予办理时的结果都有规定
"""

from collections.abc import Iterator
from dataclasses import dataclass

from suixin.kit import expressions
from suixin.kit.expressions import ExpressionError
from suixin.services.items.stated import rows_of, text_of
from suixin.services.themes.declaration import Refusal, Theme, Whole
from suixin.services.themes.rules import choosing, timing

LEAST_PARTS, LEAST_DEPARTMENTS = 2, 2


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and with which part (empty: with the theme)."""

    sentence: str
    part: str = ""


def faults_of(whole: Whole) -> list[Fault]:
    """Everything that forbids publishing; empty when the theme is sound."""
    theme = whole.theme
    found = [*_unread(theme), *_unoffered(whole), *_refusals(whole)]
    cycles = list(_cycles(whole))
    found += cycles
    if choosing.size(theme) > choosing.MAX_BRANCHES:
        found.append(Fault(f"情形共有 {choosing.size(theme):,} 种，超过 {choosing.MAX_BRANCHES:,} 种；请减少问题或选项"))
    if found:
        return found  # what follows walks the branches, which needs all of the above to hold
    return [*_enough(whole), *_branches(whole), *_visits(whole), *_useless(whole), *_gifts(whole)]


def _unread(theme: Theme) -> Iterator[Fault]:
    """Conditions that cannot be read, or compare with an answer that does not exist."""
    told = [(f"单项“{one.id}”的 when", one.when, one.id) for one in theme.parts if one.when]
    known = {one.name for one in theme.asks}
    for one in theme.parts:
        for value in one.answers.values():
            if isinstance(value, str) and value.startswith("$") and value[1:] not in known:
                yield Fault(f"单项“{one.id}”的 answers 取的问题“{value[1:]}”不在本主题的问题里", one.id)
    told += [(f"条件“{one.text}”", one.when, "") for one in theme.conditions]
    for place, when, part in told:
        try:
            expressions.parse(when, fields=theme.letters)
        except ExpressionError as error:
            yield Fault(f"{place}不能用：{error.sentence.rstrip('。')}", part)


def _unoffered(whole: Whole) -> Iterator[Fault]:
    """Parts whose item is not published, or has no form in the question bank."""
    for part in whole.theme.parts:
        offer = whole.offers.get(part.id)
        if offer is None:
            yield Fault(f"单项“{part.title or part.id}”的事项 {part.item}（{part.by}）没有在用的办事指南；请先发布它", part.id)
        elif not offer.questions:
            yield Fault(f"单项“{whole.title(part.id)}”在问题库里没有表单；请写明它要问哪些问题", part.id)


def _cycles(whole: Whole) -> Iterator[Fault]:
    """Parts that wait for one another, directly, through others, or through a joint visit."""
    theme = whole.theme
    if found := timing.cycle_of(theme, [one.id for one in theme.parts]):
        visits = {one.id: one.title for one in theme.visits}
        names = [visits.get(one) or whole.title(one) for one in found]
        if len(names) == 1:
            yield Fault(f"单项“{names[0]}”以自己为前置；请删去", found[0])
            return
        told = " → ".join(f"“{one}”" for one in (*names, names[0]))
        yield Fault(f"互为前置：{told}，谁也不能先办；请去掉其中一个前置关系", found[0])


def _refusals(whole: Whole) -> Iterator[Fault]:
    """A part whose failure sends the theme back must not need one that only fails by itself."""
    theme = whole.theme
    named = {one.id: one for one in theme.parts}
    for part in theme.parts:
        for name in part.needs:
            if part.on_refusal is Refusal.WHOLE and named[name].on_refusal is Refusal.PART:
                yield Fault(
                    f"单项“{whole.title(part.id)}”不予办理则整体退回，它的前置“{whole.title(name)}”不予办理却只是部分办结，"
                    "结果互相矛盾；请把前置也定为整体退回（whole）", part.id,
                )


def _enough(whole: Whole) -> Iterator[Fault]:
    theme = whole.theme
    departments = {one.department for one in whole.offers.values()}
    if len(theme.parts) < LEAST_PARTS or len(departments) < LEAST_DEPARTMENTS:
        yield Fault(f"一件事至少含 {LEAST_PARTS} 个单项、涉及 {LEAST_DEPARTMENTS} 个部门；单个事项请直接办理")
    if theme.promise_days > (alone := sum(one.days for one in whole.offers.values())) > 0:
        yield Fault(f"承诺 {theme.promise_days} 个工作日，比各单项逐个办的 {alone} 个工作日还长；请压缩")


def _branches(whole: Whole) -> Iterator[Fault]:
    """Parts no situation calls for, situations that call for none, situations that take longer than the promise."""
    theme = whole.theme
    reached: set[str] = set()
    longest: tuple[int, dict[str, object], tuple[str, ...]] = (0, {}, ())
    for answers in choosing.branches(theme):
        if choosing.failing(theme, answers):
            continue
        parts = choosing.chosen(theme, answers)
        reached |= set(parts)
        if not parts:
            yield Fault(f"情形“{situation(answers)}”一个单项也没有；请补上单项，或写成不能办理的条件")
            return
        plan = timing.plan_of(whole, parts)
        if plan.days > longest[0]:
            longest = plan.days, answers, plan.critical
    for part in theme.parts:
        if part.id not in reached:
            yield Fault(f"单项“{whole.title(part.id)}”在任何情形下都轮不到；请改正它的 when，或删去", part.id)
    if longest[0] > theme.promise_days:
        path = " → ".join(whole.title(one) for one in longest[2])
        told = f"情形“{situation(longest[1])}”最长要 {longest[0]} 个工作日（{path}），超过承诺的 {theme.promise_days} 个工作日"
        yield Fault(f"{told}；请压缩单项时限、改为并联，或如实承诺", longest[2][-1])


def _visits(whole: Whole) -> Iterator[Fault]:
    """A joint visit takes no longer than any of its parts, and begins early enough for each: it waits until the last has begun."""
    for visit in whole.theme.visits:
        for name in visit.parts:
            if visit.days > (days := whole.offers[name].days):
                told = f"联合勘验“{visit.title}”要 {visit.days} 个工作日，长于单项“{whole.title(name)}”承诺的 {days} 个工作日"
                yield Fault(f"{told}；请缩短，或不把它列入", name)
                return
    yield from _stretched(whole)


def _stretched(whole: Whole) -> Iterator[Fault]:
    """Parts whose own promise would be over before the joint visit without which they are not decided."""
    theme = whole.theme
    if not theme.visits:
        return
    for answers in choosing.branches(theme):
        parts = choosing.chosen(theme, answers)
        plan = timing.plan_of(whole, parts)
        for visit in plan.visits:
            declared = next(one for one in theme.visits if one.id == visit.id)
            for name in (one for one in declared.parts if one in parts):
                if visit.last > (end := plan.part(name).first + whole.offers[name].days):
                    told = f"情形“{situation(answers)}”下，联合勘验“{declared.title}”第 {visit.last} 个工作日才能完成"
                    yield Fault(f"{told}，单项“{whole.title(name)}”承诺第 {end} 个工作日就要办完；请让各单项同时开始，或不把它列入", name)
                    return


def _useless(whole: Whole) -> Iterator[Fault]:
    """Questions whose answer changes nothing: neither a condition names them nor an item asks the same."""
    theme = whole.theme
    told = [one.when for one in theme.parts if one.when] + [one.when for one in theme.conditions]
    named = {name for when in told for name in expressions.parse(when, fields=theme.letters).fields}
    named |= {text_of(row, "ask_name") for one in whole.offers.values() for row in rows_of(one.content, "asks")}
    named |= {str(value)[1:] for part in theme.parts for value in part.answers.values() if str(value).startswith("$")}
    for ask in theme.asks:
        if ask.name not in named:
            yield Fault(f"问题“{ask.text}”的回答不影响任何单项；多问一次就多一次麻烦，请删去")


def _gifts(whole: Whole) -> Iterator[Fault]:
    """A result that is said to stand for a material is one that a later part asks for."""
    theme = whole.theme
    for part in theme.parts:
        later = [one.id for one in theme.parts if part.id in one.needs]
        wanted = {text_of(row, "material_name") for name in later for row in rows_of(whole.offers[name].content, "materials")}
        for name in part.gives:
            if name not in wanted:
                yield Fault(f"单项“{whole.title(part.id)}”的结果“{name}”不是后续单项要的材料；请核对 gives 的名称", part.id)


def situation(answers: dict[str, object]) -> str:
    """A situation as people read it."""
    words = {True: "是", False: "否"}
    return "，".join(f"{name}：{words[value] if isinstance(value, bool) else value}" for name, value in answers.items()) or "不分情形"
