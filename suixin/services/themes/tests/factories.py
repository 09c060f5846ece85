"""Themes for tests: small ones by a line each, with items that say just what the rules look at."""

from collections.abc import Iterable, Mapping

from suixin.services.themes.declaration import Ask, Bank, Offer, Part, Question, Refusal, Theme, Visit, Whole


def part(name: str, needs: Iterable[str] = (), *, after: Iterable[str] = (), when: str = "", whole: bool = False, gives: str = "") -> Part:
    """A part of that name."""
    refusal = Refusal.WHOLE if whole else Refusal.PART
    return Part(name, "000109000001", f"d-{name}", when=when, needs=tuple(needs), after=tuple(after), on_refusal=refusal,
                gives=tuple(filter(None, [gives])))


def whole_of(
    *parts: Part, days: Mapping[str, int] | None = None, promise: int = 99, asks: Iterable[Ask] = (), visits: Iterable[Visit] = (),
    materials: Mapping[str, list[dict[str, object]]] | None = None, questions: Mapping[str, Iterable[str]] | None = None,
) -> Whole:
    """A theme of these parts; each of two days unless told otherwise, of a department of its own, asking `applicant` and its name."""
    theme = Theme("test", "测试一件事", "试", "lead", "依据", promise, "窗口", parts, tuple(asks), visits=tuple(visits))
    asked = {one.id: ("applicant", one.id, *(questions or {}).get(one.id, ())) for one in parts}
    bank = Bank({"one": "申请人"}, {
        name: Question(name, "one", {"name": name, "label": name, "type": "text"}) for names in asked.values() for name in names
    })
    offers = {
        one.id: Offer(one.id, one.item, 1, "d", f"事项{one.id}", f"部门{one.id}", (days or {}).get(one.id, 2), "",
                      {"materials": (materials or {}).get(one.id, [])}, asked[one.id])
        for one in parts
    }
    return Whole(theme, offers, bank)
