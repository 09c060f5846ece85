"""Rules attached to an entry: a version of it, a digest, what depends on them; suggested, tried, accepted, dismissed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog import canon, ruling
from suixin.data.catalog.contract import ItemSpec, ItemType, Rule
from suixin.data.catalog.errors import InvalidEntry
from suixin.data.catalog.models import Dependence, Resource
from suixin.data.catalog.tests import factories as catalogue
from suixin.data.lake.models import VersionProfile
from suixin.data.lake.tests import factories as lake
from suixin.data.quality import version_profiles
from suixin.data.quality.indicators import rule_version
from suixin.data.quality.library import actions, forming, suggesting, trial
from suixin.data.quality.library.errors import DecidedSuggestion, UnfitRule, Untriable
from suixin.data.quality.library.templates import template_of
from suixin.data.quality.models import RuleSuggestion, SuggestionState
from suixin.ground.audit.models import Record
from suixin.ground.people.tests.factories import organisation
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
OUTSIDER = Actor(ActorKind.STAFF, "outsider", "外部门", "12510900MB1X000022", ("12510900MB1X000022",), frozenset({"clerk"}))
ITEMS = (
    ItemSpec("code", "代码", ItemType.TEXT, 12, is_key=True, nullable=False), ItemSpec("kind", "类别", ItemType.TEXT, 10),
    ItemSpec("amount", "数量", ItemType.INTEGER), ItemSpec("begun", "开始", ItemType.DATE), ItemSpec("ended", "结束", ItemType.DATE),
)


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Resource]:
    with node_at(tmp_path, monkeypatch):
        made = catalogue.published("main_table", ITEMS)
        rows = [{"code": f"K{n:03}", "kind": "ab"[n % 2], "amount": -1 if n == 7 else n, "begun": date(2020, 1, 1 + n % 9),
                 "ended": date(2021, 1, 1)} for n in range(100)]
        lake.land(made, pa.Table.from_pylist(rows, schema=pa.schema([pa.field(i.field, i.arrow_type) for i in ITEMS])), sm3="a")
        yield made


def fresh(resource: Resource) -> Resource:
    return Resource.objects.get(pk=resource.pk)


def profiled(resource: Resource) -> VersionProfile:
    version_profiles.profile_due(actor=SYSTEM)
    return VersionProfile.objects.get(resource=resource)


def test_a_rule_makes_a_version_of_the_entry_and_another_digest(entry: Resource) -> None:
    before = rule_version(entry.contract)
    rule = forming.composed(entry, template_of("at_least"), {"item": "amount", "least": "0"})
    changed = actions.attach_rule(entry, rule, actor=SYSTEM, reason="会议纪要")
    assert (changed.version, changed.contract.rules) == (2, (rule,))
    assert rule_version(fresh(entry).contract) not in (before, before.replace("1.", "2.", 1))
    assert canon.contract_of(changed.versions.get(number=2).content, changed).rules == (rule,)
    assert Record.objects.filter(action="catalog.rules_set").count() == 1
    assert {(use.by_key, use.field) for use in Dependence.objects.all()} == {("main_table:at_least-amount", "amount")}
    assert actions.detach_rule(fresh(entry), rule.code, actor=SYSTEM, reason="不用了").contract.rules == ()
    assert not Dependence.objects.exists()


def test_a_reference_is_told_to_the_entry_that_it_looks_into(entry: Resource) -> None:
    other = catalogue.published("others", ITEMS[:1], share_type="unconditional")
    rule = forming.composed(entry, template_of("reference"), {"items": ["kind"], "table": "others"})
    actions.attach_rule(entry, rule, actor=SYSTEM, reason="引用")
    assert rule.parameters["keys"] == ["code"]
    assert Dependence.objects.get(resource=other).by_key == f"main_table:{rule.code}"


@pytest.mark.parametrize(("rule", "fault"), [
    (Rule("r", "nothing > 1", "m"), "不能用"), (Rule("r", "TRUE", "m"), "没有用到"), (Rule("", "amount > 1", "m"), "要有编号"),
    (Rule("r", "", "m", kind="fresh", template="fresh", parameters={"item": "begun", "days": "3"}), "只能标记"),
    (Rule("r", "", "m", kind="unique", template="unique", parameters={"items": ["gone"]}), "不在目录里"),
    (Rule("r", "", "m", kind="reference", template="reference", parameters={"items": ["kind"], "table": "no", "keys": ["x"]}), "没有发布"),
])
def test_a_rule_that_no_batch_could_be_judged_by_is_refused(entry: Resource, rule: Rule, fault: str) -> None:
    with pytest.raises(InvalidEntry, match=fault):
        ruling.set_rules(entry, [rule], actor=SYSTEM, reason="试")
    assert fresh(entry).rules == []


def test_others_neither_set_rules_nor_look_into_what_is_not_shared(entry: Resource) -> None:
    rule = forming.composed(entry, template_of("required"), {"item": "amount"})
    with pytest.raises(NotAllowed):
        actions.attach_rule(entry, rule, actor=OUTSIDER, reason="试")
    assert not ruling.may_refer(OUTSIDER, Resource(provider_id=0), entry)


def test_suggestions_carry_their_evidence_and_no_rule_that_stands(entry: Resource) -> None:
    profile = profiled(entry)
    assert suggesting.suggest(profile) == 10
    found = {one.about: one for one in RuleSuggestion.objects.all()}
    assert set(found) == {
        "required:kind", "required:amount", "required:begun", "required:ended", "at_least:amount", "one_of:kind", "in_order:begun:ended",
        "not_future:begun", "not_future:ended", "pattern:code",
    }
    assert found["pattern:code"].parameters["pattern"] == "[A-Za-z][0-9]{3}"
    assert (found["at_least:amount"].rows, found["at_least:amount"].failed) == (100, 1)
    rule = forming.composed(entry, template_of("required"), {"item": "kind"})
    actions.attach_rule(entry, rule, actor=SYSTEM, reason="采用", suggestion=found["required:kind"])
    suggesting.suggest(VersionProfile.objects.get(pk=profile.pk))
    assert RuleSuggestion.objects.get(about="required:kind").state == SuggestionState.ACCEPTED


def test_what_was_dismissed_returns_only_with_other_evidence(entry: Resource) -> None:
    profile = profiled(entry)
    suggesting.suggest(profile)
    one = RuleSuggestion.objects.get(about="one_of:kind")
    actions.dismiss_suggestion(one, actor=SYSTEM, reason="类别会增加")
    with pytest.raises(DecidedSuggestion):
        actions.dismiss_suggestion(one, actor=SYSTEM, reason="再来")
    suggesting.suggest(profile)
    assert RuleSuggestion.objects.get(pk=one.pk).state == SuggestionState.DISMISSED
    profile.columns = [{**told, "values": [["a", 50], ["c", 50]]} if told["field"] == "kind" else told for told in profile.columns]
    suggesting.suggest(profile)
    assert RuleSuggestion.objects.get(pk=one.pk).state == SuggestionState.DISMISSED  # half the rows break it now
    RuleSuggestion.objects.filter(pk=one.pk).update(failed=30)
    suggesting.suggest(profiled(entry))
    assert RuleSuggestion.objects.get(pk=one.pk).state == SuggestionState.OPEN


@pytest.mark.parametrize(("code", "told", "failed"), [
    ("at_least", {"item": "amount", "least": "10"}, 10), ("unique", {"items": ["kind"]}, 98), ("fresh", {"item": "ended", "days": "30"}, 1),
    ("monotonic", {"group": "kind", "order": "code", "item": "amount"}, 1),
])
def test_a_rule_is_tried_before_anybody_is_judged_by_it(entry: Resource, code: str, told: dict[str, str | list[str]], failed: int) -> None:
    template = template_of(code)
    if code == "monotonic":
        rule = Rule("m", "", "m", kind="monotonic", template=code, parameters=told)
    else:
        rule = forming.composed(entry, template, told)
    assert trial.tried(entry.contract, rule).failed == failed


def test_a_trial_looks_no_further_than_a_rule_may_and_is_recorded(entry: Resource) -> None:
    own = Actor(ActorKind.STAFF, "own", "本部门", catalogue.BUREAU_USCC, (catalogue.BUREAU_USCC,), frozenset({"clerk"}))
    catalogue.published("others", ITEMS[:1])
    Resource.objects.filter(table="others").update(provider=organisation("别的局", number=3))
    told = {"items": ["kind"], "table": "others", "keys": ["code"]}
    reference = Rule("r", "", "m", kind="reference", template="reference", parameters=told)
    with pytest.raises(UnfitRule, match="不是无条件共享的"):
        actions.try_rule(entry, reference, actor=own)
    with pytest.raises(NotAllowed):
        actions.try_rule(entry, Rule("r", "amount > 1", "m"), actor=OUTSIDER)
    assert not Record.objects.filter(action="quality.rule_tried").exists()
    assert actions.try_rule(entry, Rule("r", "amount > 1", "m"), actor=own).failed == 3
    assert Record.objects.get(action="quality.rule_tried").detail["rule"] == "r"


def test_who_reads_only_masked_tries_no_rule_on_a_masked_item(entry: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    entry.items.filter(field="kind").update(mask="name")
    monkeypatch.setattr("suixin.ground.security.policy.may", lambda actor, verb, _: verb != "access.read_whole")
    with pytest.raises(Untriable, match="“类别”对您是脱敏的"):
        actions.try_rule(entry, Rule("r", "kind = 'a'", "m"), actor=SYSTEM)


def test_without_data_a_rule_cannot_be_tried(entry: Resource) -> None:
    empty = catalogue.published("empty_table", ITEMS)
    with pytest.raises(Untriable, match="还没有数据"):
        trial.tried(empty.contract, forming.composed(empty, template_of("required"), {"item": "kind"}))
