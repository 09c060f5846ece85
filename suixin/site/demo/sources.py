"""Systems that data come from, on a first start: a folder of monthly files and a SQLite database, a feed of each (模拟数据).

The files hold a few wrong cells, so a work order goes to the department; after the first run the database's keeper renames
one column and adds another, so the feed waits for a person. A second start finds the sources and touches nothing.
"""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.data.collection import declaring, feeding
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.errors import ColumnsChanged
from suixin.data.collection.models import Feed, Source
from suixin.data.collection.opening import connector_of
from suixin.data.collection.sources.base import Column, Kind, RowConnector
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

CLERK = "clerk"
DISTRICTS = ("船山区", "安居区", "射洪市", "蓬溪县", "大英县")
TRADES = ("电工", "焊工", "护理员", "育婴员", "中式烹调师", "叉车司机", "养老护理员", "电子商务师")
COURSES = (
    ItemSpec("course_code", "班次编号", ItemType.TEXT, 16, is_key=True, nullable=False),
    ItemSpec("trade", "培训工种", ItemType.TEXT, 30, nullable=False), ItemSpec("district", "县区", ItemType.TEXT, 20),
    ItemSpec("trainees", "培训人数", ItemType.INTEGER), ItemSpec("opened_on", "开班日期", ItemType.DATE),
)
VACANCIES = (
    ItemSpec("vacancy_code", "岗位编号", ItemType.TEXT, 16, is_key=True, nullable=False),
    ItemSpec("post", "岗位名称", ItemType.TEXT, 40, nullable=False), ItemSpec("district", "工作地点", ItemType.TEXT, 20),
    ItemSpec("headcount", "招聘人数", ItemType.INTEGER), ItemSpec("monthly_pay", "月薪", ItemType.MONEY, 10, 2),
    ItemSpec("updated_at", "更新时间", ItemType.DATETIME),
)


@dataclass(frozen=True, slots=True)
class System:
    """A source, the entry that it feeds, and what is read there."""

    slug: str
    name: str
    kind: Kind
    path: Path
    entry: tuple[str, str, tuple[ItemSpec, ...]]
    table: str
    cursor: str = ""


def systems() -> tuple[System, System]:
    """The two, below the folder that sources may be read from unless the installation says otherwise."""
    root = Path(settings.SUIXIN.home) / "incoming" / "demo"
    courses, vacancies = ("training_courses", "职业技能培训班次", COURSES), ("job_vacancies", "公共招聘岗位", VACANCIES)
    return (
        System("training-files", "技能培训月报文件夹", Kind.FOLDER, root / "training", courses, "*.csv"),
        System("jobs-db", "招聘岗位库", Kind.DATABASE, root / "jobs.db", vacancies, "vacancies", "updated_at"),
    )


def play() -> str:
    """A line on the sources; those that are there already stay as they are."""
    if settings.SUIXIN.source_folders:
        return "来源文件夹由 SUIXIN_SOURCE_FOLDERS 指定,演示来源不设置。"
    clerk = actor_of(Account.objects.get(username=CLERK))
    training, jobs = systems()
    if not Source.objects.filter(slug=training.slug).exists():
        _write_files(training.path)
        _collected(_declared(training, clerk))
    if not Source.objects.filter(slug=jobs.slug).exists():
        _write_database(jobs.path)
        feed = _declared(jobs, clerk)
        _collected(feed)
        _change_columns(jobs.path)
        _collected(Feed.objects.get(pk=feed.pk))
    feeds = Feed.objects.exclude(source=None)
    waiting = feeds.filter(drifts__state="open").distinct().count()
    return f"来源 {Source.objects.count()} 个,采集任务 {feeds.count()} 个,等待决定的列变动 {waiting} 处"


def _declared(system: System, clerk: Actor) -> Feed:
    address = f"sqlite://{system.path}" if system.kind is Kind.DATABASE else str(system.path)
    organisation = Account.objects.get(username=CLERK).posts.get().organisation
    source = declaring.declare_source(SourceDraft(system.name, system.slug, system.kind, organisation, address), actor=clerk)
    declaring.check_source(source, actor=clerk)
    resource = _entry(system, clerk)
    columns: tuple[Column, ...] = ()
    with connector_of(source) as connector:
        if isinstance(connector, RowConnector):
            columns = connector.columns(system.table)
    draft = FeedDraft(system.table, mapping=declaring.suggested_mapping(columns, resource), cursor=system.cursor)
    return declaring.declare_source_feed(source, resource, draft, columns=columns, actor=clerk)


def _entry(system: System, clerk: Actor) -> Resource:
    table, title, items = system.entry
    held = Resource.objects.filter(table=table).first()
    if held is not None:
        return held
    draft = ResourceDraft(
        Contract("", table, title, items, write_mode=WriteMode.UPSERT), clerk.organisation, "307001",
        abstract=f"{title},由人社部门的业务系统按天采集(模拟数据)。", share_type="unconditional", open_type="unconditional",
        update_cycle="2", is_simulated=True, format_type="csv", data_class="法人", secrecy_assessment="保密评〔演示〕1号",
        privacy_assessment="不涉及",
    )
    return catalog.publish_resource(catalog.propose_resource(draft, actor=clerk), actor=SYSTEM, reason="演示")


def _collected(feed: Feed) -> None:
    """A run, here and now; changed columns end it and wait for a person."""
    run = feeding.start_run(feed, actor=SYSTEM, in_background=False)
    with suppress(ColumnsChanged):
        feeding.work(run, actor=SYSTEM)


def _write_files(folder: Path) -> None:
    """Three months of courses; in the last one the number of trainees is written in words here and there."""
    folder.mkdir(parents=True, exist_ok=True)
    for month in (1, 2, 3):
        lines = ["班次编号,培训工种,县区,培训人数,开班日期"]
        for n in range(1, 41):
            count = "三十人左右" if month == 3 and n % 9 == 0 else str(20 + (n * month) % 25)
            lines.append(f"PX26{month:02d}{n:03d},{TRADES[n % 8]},{DISTRICTS[n % 5]},{count},2026-{month:02d}-{1 + n % 27:02d}")
        path = folder / f"培训班次_2026{month:02d}.csv"
        path.write_bytes("\n".join([*lines, ""]).encode("gb18030"))
        earlier = clock.now().timestamp() - 3600 * (4 - month)  # a file that was changed just now would wait
        os.utime(path, (earlier, earlier))


def _write_database(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    first = datetime(2026, 3, 1, 8, tzinfo=clock.CHINA)
    rows = [
        (f"GW{n:05d}", TRADES[n % 8], DISTRICTS[n % 5], 1 + n % 12, f"{3200 + n % 40 * 100}.00", f"{at:%Y-%m-%d %H:%M:%S}")
        for n in range(1, 301) for at in [first + timedelta(minutes=7 * n)]
    ]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE vacancies (vacancy_code TEXT PRIMARY KEY, post TEXT NOT NULL, district TEXT, headcount INTEGER,"
            " monthly_pay NUMERIC, updated_at TEXT NOT NULL)"
        )
        database.executemany("INSERT INTO vacancies VALUES (?, ?, ?, ?, ?, ?)", rows)


def _change_columns(path: Path) -> None:
    """What the keeper of the system did overnight, without a word to anybody."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("ALTER TABLE vacancies RENAME COLUMN headcount TO head_count")
        database.execute("ALTER TABLE vacancies ADD COLUMN contact_window TEXT")
