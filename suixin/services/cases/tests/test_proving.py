"""An item is published only when cases could be handled by what it says; the sentence names the step or exit that is wrong."""

import pytest

from suixin.ground.people.tests.factories import tree
from suixin.kit.actor import SYSTEM
from suixin.services.cases import rules
from suixin.services.items import actions, queries
from suixin.services.items.errors import IncompleteItem
from suixin.services.items.models import Item
from suixin.services.items.tests import factories as items

pytestmark = pytest.mark.django_db
STUCK = {
    "after": ("审查", {"examine": {"after": "decide"}}, "审查 → 决定 → 审查 互相等待"),
    "exit": ("决定", {"decide": {"actions": {"reject": "不予许可"}}}, "环节“决定”的 actions：没有“同意”一类的决定，这个环节办不完"),
}


def published(item: Item) -> int:
    actions.publish_item(item, actor=SYSTEM, reason="测试")
    return Item.objects.get(pk=item.pk).version


@pytest.mark.parametrize("case", STUCK)
def test_procedure_with_a_dead_end_keeps_the_item_from_being_published(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    step, change, told = STUCK[case]
    item, whole = items.implementation(tree().department), rules.procedure_of

    def stuck(slug: str, title: str, content: dict[str, object]) -> dict[str, object]:
        made = whole(slug, title, content)
        nodes = {name: {**node, **change.get(name, {})} for name, node in made["nodes"].items()}  # type: ignore[attr-defined]  # a mapping
        return {**made, "nodes": nodes}

    monkeypatch.setattr(rules, "procedure_of", stuck)
    with pytest.raises(IncompleteItem, match="办理流程排不出来") as refused:
        published(item)
    assert told in refused.value.sentence
    assert step in refused.value.sentence
    assert {one.element for one in queries.blocking_faults(item)} == {"promise_day"}
    monkeypatch.undo()
    assert published(item) == 1


def test_promise_that_the_law_may_not_cover_is_told_by_step() -> None:
    long = {"promise_day": 2, "anticipate_day": 24, "anticipate_type": "3"}
    whole = {**items.COMPLETE, **long, "steps": [{**one, "step_days": 0} for one in items.STEPS]}
    item = items.implementation(tree().department, whole)
    assert queries.faults_of(item) == []  # 24 hours of work are three days; of the clock, which runs at night, one
    with pytest.raises(IncompleteItem, match="最长路径 审查 → 决定 共 2个工作日"):
        published(item)
