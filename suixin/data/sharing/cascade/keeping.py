"""What of old letters stays: numbers, digests and signatures; their content goes once both ends have done with it.

Kept for DAYS, so that a peer which was put back to an earlier state can be sent everything again.
"""

from datetime import timedelta

from suixin.data.sharing.cascade.models import Incoming, Link, Outgoing
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

DAYS = 30


def forget_old(*, actor: Actor) -> int:
    """How many letters lost their content now: acknowledged ones, and those that were done and landed, older than DAYS."""
    policy.require(actor, "sharing.cascade", None)
    before, forgotten = clock.today() - timedelta(days=DAYS), 0
    for link in Link.objects.all():
        sent = Outgoing.objects.filter(link=link, day__lt=before, sequence__lte=link.acknowledged).exclude(envelope=b"")
        came = Incoming.objects.filter(link=link, day__lt=before, sequence__lte=link.applied).exclude(envelope=b"")
        forgotten += sent.update(envelope="") + came.exclude(kind="rows", landed_at=None).update(envelope="")
    if forgotten:
        audit.record(actor, "cascade.forgotten", ("cascade.letters", before.isoformat()), detail={"letters": forgotten})
    return forgotten
