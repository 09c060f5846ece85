"""Background entry points of collection: a file that was handed in, files that still wait."""

from pathlib import Path

from suixin.data.catalog.drafts import NOT_ASSESSED, Assessed
from suixin.data.catalog.models import Resource
from suixin.data.collection import actions, declaring, feeding, inbox
from suixin.data.collection.holding import WholeState
from suixin.data.collection.models import FeedRun, RunState, Source
from suixin.data.collection.outcomes import FileOutcome
from suixin.ground.jobs.registry import Given
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed, NotFound


def collect(given: Given) -> str:
    """Bring the file handed in, as whoever handed it in may today. Run again, the file is recognised by its bytes."""
    resource = Resource.objects.filter(table=given.text("table")).first() if given.text("table") else None
    most_deleted = given.arguments.get("most_deleted")
    whole = WholeState(int(str(most_deleted))) if most_deleted is not None else None
    with inbox.opened(given.text("inbox")) as path:
        if path is None:
            raise NotFound("上传的原件不在了,没有归集;请重新上传这个文件。")
        outcomes = actions.run_feed(
            path, actor=_actor(given), resource=resource, accept=_assessed(given), scope="", whole=whole, own_codes=_own_codes(given),
            report=lambda outcome: given.tell(90, _told([outcome])),
        )
    given.keep({"outcomes": [outcome.as_dict() for outcome in outcomes]})
    return _told(outcomes)


def forget(given: Given) -> str:
    """Remove the files handed in that no waiting, running or failed job needs any more."""
    return f"清理已处理的上传原件 {inbox.forget_settled()} 个。"


def land_waiting(given: Given) -> str:
    """Land files that still wait although their entry is in force."""
    return f"处理滞留文件 {len(actions.land_waiting(actor=SYSTEM))} 个。"


def run(given: Given) -> str:
    """Run a feed once, as the system: who asked was allowed when they asked. Run again, it goes on where it stopped."""
    found = FeedRun.objects.select_related("feed__source__organisation", "feed__resource__provider").filter(uuid=given.text("run")).first()
    if found is None:
        raise NotFound("这次采集的记录不在了,没有运行;请在来源页重新运行。")

    def tell(now: FeedRun) -> None:
        percent = min(99, 100 * now.seen // now.expected) if now.expected else 1
        given.tell(percent, f"已处理 {now.seen:,} 行。")

    ended = feeding.work(found, actor=SYSTEM, tell=tell)
    return ended.sentence if ended.state == RunState.DONE else "之后已有另一次采集接替,这一次不再重试。"


def enqueue_due(given: Given) -> str:
    """Enqueue the feeds that are due."""
    return f"到时的采集任务 {len(feeding.enqueue_due(actor=SYSTEM))} 个。"


def look_after_logs(given: Given) -> str:
    """Look at every source that keeps a log for a feed; give up what idle feeds keep."""
    sources = Source.objects.filter(feeds__reads_log=True, feeds__position__isnull=False).distinct()
    looked = [declaring.check_source(source, actor=SYSTEM) for source in sources]
    unwell = "、".join(one.name for one in looked if not one.is_well)
    return f"查看保留日志的来源 {len(looked)} 个。" + (f"需要处理:{unwell}。" if unwell else "")


def _assessed(given: Given) -> Assessed:
    numbers = given.arguments.get("assessed")
    return Assessed(*map(str, numbers)) if isinstance(numbers, list) and len(numbers) == 2 else NOT_ASSESSED


def _own_codes(given: Given) -> dict[str, str]:
    held = given.arguments.get("own_codes")
    return {str(name): str(code) for name, code in held.items()} if isinstance(held, dict) else {}


def _actor(given: Given) -> Actor:
    if given.actor_kind == ActorKind.SYSTEM:
        return SYSTEM
    account = Account.objects.filter(username=given.actor_key, is_active=True).first()
    if given.actor_kind != ActorKind.STAFF or account is None:
        raise NotAllowed(f"提交人“{given.actor_key}”的账号已停用或不存在,文件没有归集;请换人重新上传。")
    return actor_of(account)


def _told(outcomes: list[FileOutcome]) -> str:
    if not outcomes:
        return "文件里没有可以读取的表。"
    words = [f"{one.table or Path(one.path).name}:{one.status.label},接受 {one.accepted:,} 行,拒绝 {one.rejected:,} 行。{one.message}"
             for one in outcomes[:20]]
    return " ".join(words) + (f" 另有 {len(outcomes) - 20} 张表。" if len(outcomes) > 20 else "")
