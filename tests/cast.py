"""The cast of the tests: who acts, as frozen values; organisations are those of the first city's folder."""

from suixin.kit.actor import PUBLIC, Actor, ActorKind

CITY = "11510900XX00000192"
BUREAU = "11510900XX0000027W"
SOCIAL_SECURITY = "11510900XX00001236"
CIVIL_AFFAIRS = "11510900XX0000094T"
FIRM = "91510903XX0000326X"
AUDIT = "11510900XX00002542"
DISTRICT = "11510903XX0000019D"
DISTRICT_BUREAU = "11510903XX00000278"


def _staff(key: str, name: str, organisation: str, role: str) -> Actor:
    """One member of staff; those of a bureau govern what its government governs."""
    above = {CITY: (), DISTRICT_BUREAU: (CITY, DISTRICT)}.get(organisation, (CITY,))
    head = {BUREAU: CITY, DISTRICT_BUREAU: DISTRICT}.get(organisation, organisation)
    return Actor(ActorKind.STAFF, key, name, organisation, (*above, organisation), frozenset((role,)), head)


mayor = _staff("mayor", "市领导", CITY, "leader")
data_officer = _staff("officer", "数据管理员", BUREAU, "data_officer")
reception = _staff("reception", "受理人员", BUREAU, "reception")
review = _staff("review", "审核人员", BUREAU, "review")
coordination = _staff("coordination", "协调人员", BUREAU, "coordination")
supervision = _staff("supervision", "监督人员", BUREAU, "supervision")
clerk = _staff("clerk", "人社局经办人", SOCIAL_SECURITY, "clerk")
head_of_sharing = _staff("sharing", "人社局共享工作负责人", SOCIAL_SECURITY, "head_of_sharing")
department_head = _staff("head", "人社局负责人", SOCIAL_SECURITY, "department_head")
outsider = _staff("outsider", "民政局经办人", CIVIL_AFFAIRS, "clerk")
administrator = _staff("administrator", "系统管理员", BUREAU, "administrator")
security_officer = _staff("security", "安全管理员", BUREAU, "security_officer")
auditor = _staff("auditor", "审计员", AUDIT, "auditor")
operator = _staff("operator", "运维人员", BUREAU, "operator")
district_officer = _staff("district", "船山区数据专员", DISTRICT_BUREAU, "data_officer")
district_administrator = _staff("district-admin", "船山区系统管理员", DISTRICT_BUREAU, "administrator")
# a post that expired, an organisation that ended: nothing is left of either (people.queries.actor_of)
expired = Actor(ActorKind.STAFF, "expired", "离任人员")
ended = Actor(ActorKind.STAFF, "ended", "撤销机构人员")
resident = Actor(ActorKind.RESIDENT, "resident", "居民", roles=frozenset({"resident"}))
firm_agent = Actor(ActorKind.RESIDENT, "agent", "企业经办人", FIRM, (FIRM,), frozenset({"firm_agent"}))
application = Actor(ActorKind.APPLICATION, "demo-app", "社会救助核验", CIVIL_AFFAIRS, (CITY, CIVIL_AFFAIRS), jurisdiction=CIVIL_AFFAIRS)
public = PUBLIC
