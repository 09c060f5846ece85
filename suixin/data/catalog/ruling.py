"""The rules of an entry, set as a whole: what every batch is judged by from now on, kept as the entry's next version.

Promise  what no batch could be judged by is refused before it is kept: an expression that does not parse, an item that is not
         there, a resource that is not in force, whose key it is not, or whose data the provider may not look into
Source   our choice: who may read another department's resource without asking (无条件共享), or governs both, may refer to it,
         since a rule tells of any value whether that resource holds it
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db import transaction

from suixin.data.catalog import announcing, dependences, generations, versions
from suixin.data.catalog.contract import OF_BATCH, TODAY, Contract, ItemSpec, Rule, RuleKind, Severity
from suixin.data.catalog.errors import InvalidEntry, WrongState
from suixin.data.catalog.models import Resource, ResourceState, ShareType
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import expressions
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

MAX_RULES = 200
VERB = "quality.set_rules"


@transaction.atomic
def set_rules(resource: Resource, rules: Sequence[Rule], *, actor: Actor, reason: str) -> Resource:
    """The entry with these rules and no others, as its next version. Raises NotAllowed, InvalidEntry, WrongState."""
    policy.require(actor, VERB, resource)
    if not reason.strip():
        raise InvalidEntry("请写明为什么增减规则，例如依据的文件或探查的结果。")
    generations.advance()
    locked = Resource.objects.select_for_update(of=("self",)).select_related("provider").get(pk=resource.pk)
    if locked.state == ResourceState.WITHDRAWN:
        raise WrongState(f"目录“{locked.title}”已撤销，不再收数据，规则不用改。")
    faults = faults_of(locked, rules, actor=actor)
    if faults:
        raise InvalidEntry(f"目录“{locked.title}”的规则没有保存：{'；'.join(faults)}。", faults=faults)
    before = [str(one["code"]) for one in locked.rules]
    locked.rules = [rule.as_json for rule in rules]
    locked.save(update_fields=["rules", "updated_at"])
    if locked.state == ResourceState.PUBLISHED:
        announcing.changed(locked, versions.record(locked, actor=actor, reason=f"校核规则：{reason}"))
        dependences.declare_rules(locked)
    detail = {"before": before, "rules": [rule.code for rule in rules], "version": locked.version}
    audit.record(actor, "catalog.rules_set", locked, basis=reason, detail=detail)
    return locked


def faults_of(resource: Resource, rules: Sequence[Rule], *, actor: Actor) -> list[str]:
    """Sentences on what speaks against judging the entry's batches by these rules."""
    contract, found = resource.contract, []
    for code, times in Counter(rule.code for rule in rules).items():
        if times > 1:
            found.append(f"规则编号“{code}”出现了 {times} 次，应当唯一")
    if len(rules) > MAX_RULES:
        found.append(f"规则不能超过 {MAX_RULES} 条，现有 {len(rules)} 条")
    kept = {str(one["code"]): one for one in resource.rules}
    for rule in rules:
        if kept.get(rule.code) != rule.as_json:  # what is in force already is not asked about again
            found += [f"规则“{rule.code}”{fault}" for fault in _faults_of(rule, contract, resource, actor)]
    return found


def _faults_of(rule: Rule, contract: Contract, resource: Resource, actor: Actor) -> Iterator[str]:
    if not rule.code.strip() or len(rule.code) > 64 or not rule.message.strip():
        yield "要有编号（不超过 64 个字符）和一句说明"
    if rule.kind == RuleKind.ROW:
        try:
            if expressions.parse(rule.expression, fields=contract.letters, aliases=contract.aliases).fields <= {TODAY}:
                yield "没有用到任何信息项"
        except SuixinError as error:
            yield f"不能用：{error.sentence.rstrip('。')}"
        return
    unknown = [name for name in rule.fields if contract.item(name) is None]
    if unknown:
        yield f"用到的信息项“{'、'.join(unknown)}”不在目录里"
        return
    if RuleKind(rule.kind) in OF_BATCH and rule.severity != Severity.MARK:
        yield "说的是整批数据，不是哪一行，只能标记，不能拒收"
    items = [item for name in rule.fields if (item := contract.item(name)) is not None]
    if rule.kind != RuleKind.REFERENCE and any(item.is_sealed for item in (*items, *_keys_if_needed(rule, contract))):
        yield "用到了加密存放的信息项（或目录的主键加密存放），这类规则无法与已入库的数据对照"
    if rule.kind in (RuleKind.REFERENCE, RuleKind.TOTAL):
        yield from _faults_of_other(rule, items, resource, actor)


def _keys_if_needed(rule: Rule, contract: Contract) -> list[ItemSpec]:
    return [item for item in contract.items if item.is_key] if rule.kind in (RuleKind.UNIQUE, RuleKind.MONOTONIC) else []


def _faults_of_other(rule: Rule, items: Sequence[ItemSpec], resource: Resource, actor: Actor) -> Iterator[str]:
    other = Resource.objects.published().select_related("provider").filter(table=rule.other_table).first()
    if other is None:
        yield f"要对照的目录“{rule.other_table}”不存在或没有发布"
        return
    if not may_refer(actor, resource, other):
        yield f"要对照的目录“{other.title}”不是无条件共享的，也不是本单位的；请市数据局来设这条规则，或先申请共享"
    theirs = [other.contract.item(name) for name in rule.other_fields]
    if None in theirs:
        yield f"目录“{other.title}”没有信息项“{'、'.join(n for n, item in zip(rule.other_fields, theirs, strict=True) if item is None)}”"
        return
    if rule.kind == RuleKind.TOTAL:
        if any(item is not None and item.is_sealed for item in theirs):
            yield f"目录“{other.title}”里用到的信息项加密存放，不能对照合计"
        return
    if tuple(rule.other_fields) != other.contract.key or len(items) != len(theirs):
        names = "、".join(item.name for item in other.contract.items if item.is_key)
        yield f"要引用目录“{other.title}”的整个主键（{names or '它没有主键'}），一项对一项"
    for own, item in zip(items, theirs, strict=False):
        if item is not None and own.arrow_type != item.arrow_type:
            yield f"信息项“{own.name}”与目录“{other.title}”的“{item.name}”类型不同，比不了"


def may_refer(actor: Actor, resource: Resource, other: Resource) -> bool:
    """Whether rules of the entry may look into the other one."""
    is_shared = other.provider_id == resource.provider_id or other.share_type == ShareType.UNCONDITIONAL
    return is_shared or policy.may(actor, "catalog.publish", other)
