"""Addresses of files: signed, of one grant and one recipient, good for a day and never longer than the grant.

A token is base64url of JSON [grant, token of the recipient, table, place, expiry] and a tag of 16 bytes (HMAC-SM3 under
the site's secret key). It opens nothing by itself: each request asks anew whether the grant and the recipient's token hold.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import timedelta

import orjson
from django.conf import settings

from suixin.data.access.plans import Plan
from suixin.data.doors.errors import UnknownAddress
from suixin.kit import clock
from suixin.kit.sm import hmac_sm3_hex

LASTING = timedelta(hours=24)
_TAG = 16
_MOST_CHARACTERS = 1500


@dataclass(frozen=True, slots=True)
class FileToken:
    """What one address names."""

    grant: str
    recipient: int
    table: str
    place: str
    expires: int

    def sealed(self) -> str:
        """As it stands in an address."""
        body = orjson.dumps([self.grant, self.recipient, self.table, self.place, self.expires])
        return base64.urlsafe_b64encode(body + _tag(body)).rstrip(b"=").decode()


def expiry_of(plan: Plan) -> int:
    """Seconds since 1970 at which addresses made now end."""
    until = clock.now() + LASTING
    return int(min(until, plan.valid_until or until).timestamp())


def opened(text: str) -> FileToken:
    """What the address names. Raises UnknownAddress: none of ours, or its time is over."""
    try:
        whole = base64.b64decode(text[:_MOST_CHARACTERS] + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        body, tag = whole[:-_TAG], whole[-_TAG:]
        if not hmac.compare_digest(tag, _tag(body)):
            raise ValueError("not ours")
        found = FileToken(*orjson.loads(body))
    except ValueError as error:  # binascii.Error and orjson's are some
        raise UnknownAddress("文件地址不完整或被改动过;请重新查询,取得新的文件地址。") from error
    if found.expires <= clock.now().timestamp():
        raise UnknownAddress("文件地址已过期;请重新查询,取得新的文件地址。")
    return found


def _tag(body: bytes) -> bytes:
    key = b"suixin.doors.share:" + settings.SECRET_KEY.encode()
    return bytes.fromhex(hmac_sm3_hex(key, body))[:_TAG]
