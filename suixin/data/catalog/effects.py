"""What the procedures of the catalogue do at their end: publish an entry, put a change in force, withdraw."""


from suixin.data.catalog import actions, changing, demands, objections, publication
from suixin.data.catalog.errors import WrongState
from suixin.data.catalog.models import Change
from suixin.data.catalog.queries import resource_by
from suixin.ground.flow.subjects import Effect


def publish(given: Effect) -> None:
    """The entry published by who decided last, as it was handed on. Raises WrongState, Objected, and what `publish_resource` raises."""
    resource = resource_by(given.subject.key)
    handed_on = publication.handed_on_at(given.instance)
    if handed_on is not None and resource.updated_at > handed_on:
        raise WrongState(f"目录“{resource.title}”在提交审核之后已被修改，没有发布；请退回修改，由编制单位核对后重新提交。")
    objections.require_none(resource)  # the inbox hands on without `publication.submit`, and much may have come since
    actions.publish_resource(
        resource, actor=given.actor, reason=given.reason or "按目录审核发布流程", seen=resource.updated_at,
        approval=publication.approval_of(given.instance),
    )


def apply_change(given: Effect) -> None:
    """The change in force, or the entry withdrawn, by who decided last. Raises what `changing.apply_change` raises."""
    change = Change.objects.get(uuid=given.subject.key)
    changing.apply_change(change, actor=given.actor, reason=given.reason or change.reason, instance=given.instance)


def demand_matched(given: Effect) -> None:
    """Nothing, once the bureau matched the demand on its page. Raises WrongState."""
    demands.require_matched(given.subject.key)


def demand_answered(given: Effect) -> None:
    """Nothing, once the owner answered the demand on its page. Raises WrongState."""
    demands.require_answered(given.subject.key)
