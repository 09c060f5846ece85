"""Rows that return to a peer platform: every letter of a flow, taken before it is sent."""

from collections.abc import Iterator

from suixin.data.access.models import Door, Grant
from suixin.data.sharing.cascade import returning
from suixin.data.sharing.cascade.models import Flow, Link, Outgoing, Platform
from suixin.data.sharing.models import Share
from suixin.ground.link import keys
from suixin.ground.link.models import Peer, PeerState, Role
from suixin.ground.people.models import Application
from suixin.kit import clock
from tests.proof.registry import door, named, no_rows
from tests.proof.scene import Left, Scene


@door("push cascade", "command cascade run", by=Door.TABLE)
def cascade(scene: Scene) -> Iterator[Left]:
    """All letters of a flow from its beginning, and what stopped it."""
    application = Application.objects.select_related("organisation").get(app_id=scene.app_id)
    Platform.objects.create(code="sc", name="省平台", level="province", division="510000")
    public = keys.signing_key().hex()
    peer = Peer.objects.create(
        code="sn", name="市平台", role=Role.LOWER, state=PeerState.ACTIVE, signing_key=public, signing_key_id="link:1",
        encryption_key=public, encryption_key_id="link:1", asked_key="one", asked_at=clock.now(), decided_key="two",
    )
    link = Link.objects.create(peer=peer, level="city", division="510900", application=application, connected_at=clock.now())
    grant = Grant.objects.filter(resource=scene.resource).order_by("-pk").first()
    assert grant is not None
    share = Share.objects.create(
        resource=scene.resource, organisation=application.organisation, application=application, grant=grant, purpose="回流", basis="条例",
        granted_at=clock.now(),
    )
    flow = Flow.objects.create(link=link, resource=scene.resource, share=share, started_at=clock.now())
    returning.write_flow(flow)
    flow.refresh_from_db()
    yield Left(flow.sentence)
    for letter in Outgoing.objects.filter(link=link):
        yield Left(letter.envelope, asked=grant.row_filter)  # the receipt in it states the condition of the grant


no_rows(
    "an entry of a peer: names of its items; what is asked of it",
    *named("page", "remote-entry console-cascade-ask console-cascade-request"),
)
no_rows("who we are and who a peer is: names, keys, states", *named("page", "console-cascade-joining console-cascade-introduction"))
no_rows("states, counts and sentences of links and flows; names of peers' entries", "page console-cascade", "page console-cascade-platform")
