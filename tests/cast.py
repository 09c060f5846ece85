"""The cast of the tests: who acts, as frozen values; organisations are those of the first city's folder."""

from suixin.kit.actor import PUBLIC, Actor, ActorKind

CITY = "11510900XX00000192"
BUREAU = "11510900XX0000027W"
SOCIAL_SECURITY = "11510900XX00001236"
CIVIL_AFFAIRS = "11510900XX0000094T"
AUDIT = "11510900XX00002542"


def _staff(key: str, name: str, organisation: str, role: str) -> Actor:
    path = (CITY,) if organisation == CITY else (CITY, organisation)
    return Actor(ActorKind.STAFF, key, name, organisation, path, frozenset((role,)))


mayor = _staff("mayor", "市领导", CITY, "leader")
data_officer = _staff("officer", "数据管理员", BUREAU, "data_officer")
clerk = _staff("clerk", "人社局经办人", SOCIAL_SECURITY, "clerk")
outsider = _staff("outsider", "民政局经办人", CIVIL_AFFAIRS, "clerk")
auditor = _staff("auditor", "审计员", AUDIT, "auditor")
resident = Actor(ActorKind.RESIDENT, "resident", "居民")
public = PUBLIC
