"""Rows that return to a peer platform: every letter of a flow, taken before it is sent; letters of a peer, as they came."""

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from suixin.data.access.models import Door, Grant
from suixin.data.lake import archive
from suixin.data.sharing.cascade import returning
from suixin.data.sharing.cascade.models import Flow, FlowState, Intake, Link, Outgoing, Platform
from suixin.data.sharing.models import Share
from suixin.ground.link import keys
from suixin.ground.link.models import Peer, PeerState, Role
from suixin.ground.people.models import Account, Application, Post
from suixin.kit import clock
from suixin.kit.errors import SuixinError
from suixin.site.cli import cascade_joining
from tests.proof.judging import seen
from tests.proof.registry import door, named, no_rows
from tests.proof.scene import ACCOUNT, Left, Scene


@door("push cascade", "command cascade run", by=Door.TABLE)
def cascade(scene: Scene) -> Iterator[Left]:
    """All letters of a flow from its beginning, and what stopped it."""
    application = Application.objects.select_related("organisation").get(app_id=scene.app_id)
    Platform.objects.create(code="sc", name="省平台", level="province", division="510000")
    peer = _peer("sn", Role.LOWER)
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


@door("command cascade letter", by=None, asked_by=("staff",), reveals=False, examples=2)
def letter(scene: Scene) -> Iterator[Left]:
    """The original of a part, for who sees originals of the entry: its provider, whatever a grant says of others."""
    intake, provider = _landed(scene), Account.objects.create(username="proof-provider", display_name="提供方经办")
    Post.objects.create(account=provider, organisation=scene.resource.provider, role="clerk")
    assert seen([_letter_as("proof-provider", intake)]) >= {(0, "code"), (5, "note")}
    yield _letter_as(ACCOUNT, intake)


def _letter_as(username: str, intake: Intake) -> Left:
    """What the command wrote for that person, or its sentence."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "letter.json"
        options = Namespace(act="letter", flow=str(intake.uuid), part=1, output=path, by=username)
        try:
            told = cascade_joining.run(options)
        except SuixinError as error:
            return Left(error.sentence)
        return Left(path.read_text("utf-8") + told)


def _landed(scene: Scene) -> Intake:
    """A flow whose first part is the table's batch: its original the rows as a peer's letter tells them."""
    peer, application = _peer("up", Role.UPPER), Application.objects.get(app_id=scene.app_id)
    link = Link.objects.create(peer=peer, level="province", division="510000", application=application, connected_at=clock.now())
    intake = Intake.objects.create(
        uuid=uuid4(), link=link, title="回流", content={}, resource=scene.resource, state=FlowState.ENABLED, landed=1, told_at=clock.now(),
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "1.json"
        path.write_text(json.dumps(scene.rows, default=str, ensure_ascii=False), "utf-8")
        kept = archive.archive_file(path, table=scene.table)
    scene.resource.batches.filter(pk=scene.world.batch).update(feed=intake.delivery, sequence=1, archive_path=kept.relative_path)
    return intake


def _peer(code: str, role: Role) -> Peer:
    public = keys.signing_key().hex()
    return Peer.objects.create(
        code=code, name=code, role=role, state=PeerState.ACTIVE, signing_key=public, signing_key_id="link:1",
        encryption_key=public, encryption_key_id="link:1", asked_key="one", asked_at=clock.now(), decided_key="two",
    )


no_rows(
    "an entry of a peer: names of its items; what is asked of it",
    *named("page", "remote-entry console-cascade-ask console-cascade-request"),
)
no_rows("who we are and who a peer is: names, keys, states", *named("page", "console-cascade-joining console-cascade-introduction"))
no_rows("states, counts and sentences of links and flows; names of peers' entries", "page console-cascade", "page console-cascade-platform")
