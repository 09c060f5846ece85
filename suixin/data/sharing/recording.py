"""How shared data are used: records of the asker, kept three years at least, and reminders of what is due.

Source  国务院令第809号 art. 29: scenario, process, effect, storage, destruction
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet

from suixin.data.sharing import rules, telling
from suixin.data.sharing.errors import IncompleteRequest, WrongStanding
from suixin.data.sharing.models import Share, ShareState, UseRecord
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

RECORD_DAYS = 90  # our choice: a record each quarter
EXPIRY_DAYS = 30  # before the end the asker is reminded to renew
_WORDS = {"scenario": "使用场景", "process": "使用过程", "effect": "应用成效", "storage": "存储情况", "destruction": "销毁情况"}
_MOST = {"scenario": 500, "process": 1000, "effect": 1000, "storage": 500, "destruction": 500}


@dataclass(frozen=True, slots=True)
class Used:
    """What is recorded of a period."""

    since: date
    until: date
    scenario: str
    process: str
    effect: str
    storage: str
    destruction: str


@transaction.atomic
def record_use(share: Share, used: Used, *, actor: Actor) -> UseRecord:
    """The record, kept three years at least. Raises NotAllowed, IncompleteRequest, WrongStanding."""
    policy.require(actor, "sharing.request", share.organisation)
    if share.state == ShareState.PROVIDING:
        raise WrongStanding("数据还没有供到，没有使用可记。")
    missing = [word for name, word in _WORDS.items() if not str(getattr(used, name)).strip()]
    if missing:
        raise IncompleteRequest(f"请填写{'、'.join(missing)}；没有的写“无”。")
    long = [_WORDS[name] for name, most in _MOST.items() if len(str(getattr(used, name))) > most]
    if long:
        raise IncompleteRequest(f"“{long[0]}”太长，最多 {max(_MOST.values())} 个字；请写得简短些。")
    if used.since > used.until or used.until > clock.today():
        raise IncompleteRequest("记录期间的起止不对：开始不能晚于结束，结束不能晚于今天。")
    texts = {name: str(getattr(used, name)).strip() for name in _WORDS}
    found = UseRecord.objects.create(
        share=share, since=used.since, until=used.until, by=actor.name[:120], at=clock.now(), keep_until=rules.kept_until(clock.today()),
        **texts,
    )
    audit.record(actor, "sharing.use_recorded", share, detail={"since": used.since.isoformat(), "until": used.until.isoformat()})
    return found


def unrecorded(today: date) -> QuerySet[Share]:
    """Shares in use whose last record, or first day of use, is longer ago than RECORD_DAYS."""
    edge = today - timedelta(days=RECORD_DAYS)
    used = Share.objects.filter(state__in=(ShareState.IN_USE, ShareState.SUSPENDED), granted_at__date__lt=edge)
    return used.annotate(last=Max("use_records__until")).exclude(last__gte=edge).select_related("resource__provider", "organisation")


def remind() -> int:
    """How many reminders were due: of use records, and of shares that end soon. Each once, a quarter or a share."""
    today, told = clock.today(), 0
    for share in unrecorded(today):
        period = f"{today.year}Q{(today.month - 1) // 3 + 1}"
        telling.tell(
            share.organisation, f"请记录使用情况：{share.title}", f"已 {RECORD_DAYS} 天没有使用记录；条例要求记录并保存三年以上。",
            href=telling.href_of_share(share), key=f"{share.uuid}:record:{period}", kind=telling.REMINDER,
        )
        told += 1
    soon = clock.now() + timedelta(days=EXPIRY_DAYS)
    ending = Share.objects.filter(state=ShareState.IN_USE, grant__valid_until__gt=clock.now(), grant__valid_until__lte=soon)
    for share in ending.select_related("resource", "organisation", "grant"):
        telling.tell(
            share.organisation, f"共享将到期：{share.title}", "需要继续使用的请申请续期；不再需要的到期后处置数据。",
            href=telling.href_of_share(share), key=f"{share.uuid}:expiry:{share.grant.valid_until}", kind=telling.REMINDER,
        )
        told += 1
    return told
