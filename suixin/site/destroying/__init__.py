"""What a destruction does beyond lake and collection: downloads, datasets, texts of the database, the last look.

declare    registers it with `collection.destruction.places`; called from `site/wiring.py`
texts      texts that people read (orders, messages, runs) no longer name the value
emptying   pages of the database that were freed hold nothing
looking    every row of the database and every file of the home, searched once more
"""

from collections.abc import Iterator, Sequence

from suixin.data.access.granted import shares
from suixin.data.access.models import Grant, GrantState, SubjectKind
from suixin.data.catalog.models import Resource
from suixin.data.collection.destruction import places
from suixin.data.collection.destruction.meant import sought_of
from suixin.data.collection.destruction.places import Ending, Place
from suixin.data.doors.downloads import rest
from suixin.data.doors.files import clearing as packages
from suixin.data.opening import actions as opening
from suixin.data.quality.loop.forgetting import forget_doubts
from suixin.ground.audit.models import Record
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.services.cases import prefilling
from suixin.site.destroying import emptying, looking, texts

_MOST = 50
_READERS = {SubjectKind.ORGANISATION: "部门", SubjectKind.APPLICATION: "应用", SubjectKind.PERSON: "个人"}


def declare() -> None:
    """Make all of it known; harmless when called again."""
    places.register(Place("downloads", "下载缓存", _forget_downloads))
    places.register(Place("shares", "授权的共享表", _forget_shares))
    places.register(Place("packages", "待接收的数据包", _forget_packages))
    places.register(Place("doubts", "校核申请的内容", _forget_doubts))
    places.register(Place("prefilled", "预填申请表的值", _forget_prefilled))
    places.register(Place("dataset", "开放数据集的行数", _refresh_dataset))
    places.register_closing("texts", texts.scrub)
    places.register_closing("emptying", emptying.empty)
    places.register_closing("looking", looking.require_gone)
    places.register_remains("copies", _copies)
    places.register_remains("backups", _backups)


def _forget_downloads(ending: Ending) -> int:
    return len(rest.forget_tables([ending.resource.table]))


def _forget_shares(ending: Ending) -> int:
    return shares.forget_tables([ending.resource.table])


def _forget_packages(ending: Ending) -> int:
    return packages.forget_tables([ending.resource.table], why="数据已依法销毁一部分;请重新生成。")


def _forget_doubts(ending: Ending) -> int:
    sought = sought_of(ending)
    return forget_doubts(ending.resource, sought.in_cells) if sought else 0


def _forget_prefilled(ending: Ending) -> int:
    sought = sought_of(ending)
    return prefilling.forget_rows(ending.resource, sought.in_cells) if sought else 0


def _refresh_dataset(ending: Ending) -> int:
    opening.refresh_dataset(ending.resource, actor=SYSTEM)
    return 0


def _copies(resources: Sequence[Resource]) -> Iterator[str]:
    """Who may have read rows, and has to be told."""
    for resource in resources:
        grants = Grant.objects.filter(resource=resource).exclude(state=GrantState.REVOKED).order_by("pk")
        if grants.filter(subject_kind=SubjectKind.PUBLIC).exists():
            yield f"《{resource.title}》向社会公开过，已被下载的副本无法收回。"
        named = [f"{_READERS[SubjectKind(one.subject_kind)]} {one.subject_key}" for one in grants if one.subject_kind in _READERS]
        if named:
            yield f"《{resource.title}》的下列接收方可能留有副本，须另行通知其删除：{'、'.join(named[:_MOST])}。"


def _backups(_: Sequence[Resource]) -> Iterator[str]:
    """Backups made before still hold the rows."""
    made = Record.objects.filter(action="site.backup_made").order_by("-pk").values_list("object_key", "at")[:_MOST]
    named = "、".join(f"{key}（{at.astimezone(clock.CHINA):%Y-%m-%d %H:%M}）" for key, at in made)
    known = f"此前所做的备份仍含有这些数据，须一并销毁：{named}。"
    yield known if named else "本系统没有登记过备份；另行做过的备份仍含有这些数据，须一并销毁。"
    yield "数据库服务器自身的日志归档、从库和文件系统快照不在本系统之内，须由运维人员按其保存期清除。"
