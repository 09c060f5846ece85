"""What the procedures of the catalogue do at their end: publish an entry, put a change in force, withdraw."""

from datetime import datetime

from suixin.data.catalog import actions, changing, publication
from suixin.data.catalog.models import Change
from suixin.data.catalog.queries import resource_by
from suixin.ground.flow.subjects import Effect


def publish(given: Effect) -> None:
    """The entry published by who decided last, as it was when it was handed on. Raises what `publish_resource` raises."""
    seen = given.data.get(publication.SEEN)
    actions.publish_resource(
        resource_by(given.subject.key), actor=given.actor, reason=given.reason or "按目录审核发布流程",
        seen=datetime.fromisoformat(seen) if isinstance(seen, str) else None, approval=publication.approval_of(given.instance),
    )


def apply_change(given: Effect) -> None:
    """The change in force, or the entry withdrawn, by who decided last. Raises what `changing.apply_change` raises."""
    change = Change.objects.get(uuid=given.subject.key)
    changing.apply_change(change, actor=given.actor, reason=given.reason or change.reason, instance=given.instance)
