"""The receiver's side: what it does with the bytes that it fetched, and what it expects in them."""

from datetime import datetime

from suixin.data.access.granted.evidence import rows_of
from suixin.data.access.values import text_of
from suixin.data.doors.files import building
from suixin.ground.link import keys
from suixin.ground.link.acknowledging import acknowledge
from suixin.ground.link.unpacking import open_package
from suixin.kit import clock
from suixin.kit.sm import sm2_sign


def signed(given):
    """The receiver's own signature."""
    return lambda message: ("r", sm2_sign(given.pair.private, message).hex())


def opened(given, content, folder, name="p", private=b""):
    """What the receiver finds in the bytes that it fetched: the signed manifest, and its receipt for us."""
    path = folder / f"{name}.sxp"
    path.write_bytes(content)
    found = open_package(
        path, folder / name, private_key=lambda _: private or given.pair.private, signing_key=lambda *_: keys.signing_key()
    )
    return found, acknowledge(path, found, received_at="2026-11-30T08:00:00+08:00", sign=signed(given))


def texts(given, version=None):
    """Rows that the plan shows, as CSV tells them."""
    plan = building.plan_of_order(given.order)
    for rows in rows_of(plan, version):
        for row in rows.to_pylist():
            yield {name: told(value) for name, value in row.items()}


def told(value):
    """A value as CSV tells it."""
    if isinstance(value, datetime):
        return value.astimezone(clock.CHINA).isoformat()
    return "" if value is None else "true" if value is True else "false" if value is False else text_of(value)
