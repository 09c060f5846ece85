"""What the procedure of publication does at its end."""

from datetime import datetime

from suixin.data.catalog import actions, publication
from suixin.data.catalog.queries import resource_by
from suixin.ground.flow.subjects import Effect


def publish(given: Effect) -> None:
    """The entry published by who decided last, as it was when it was handed on. Raises what `publish_resource` raises."""
    seen = given.data.get(publication.SEEN)
    actions.publish_resource(
        resource_by(given.subject.key), actor=given.actor, reason=given.reason or "按目录审核发布流程",
        seen=datetime.fromisoformat(seen) if isinstance(seen, str) else None,
    )
