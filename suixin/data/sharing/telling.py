"""Who is told of what happens to a request or a share: those who work with shared data in a department."""

from suixin.data.sharing.models import Part, Share
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Organisation

NOTICE = Kind("sharing.moved", "数据共享有进展")
REMINDER = Kind("sharing.reminder", "数据共享提醒")
ROLES = ("clerk", "head_of_sharing")


def tell(organisation: Organisation, title: str, body: str, *, href: str, key: str, kind: Kind = NOTICE) -> None:
    """Everybody of the department who works with shared data; once for each key."""
    notify.send(
        [Recipient.post(organisation, role) for role in ROLES], kind=kind.name, title=title[:200], body=body, href=href, key=key[:200],
    )


def href_of_part(part: Part) -> str:
    """Address of the part's page."""
    return f"/console/sharing/parts/{part.uuid}/"


def href_of_share(share: Share) -> str:
    """Address of the share's page."""
    return f"/console/sharing/shares/{share.uuid}/"
