"""Whether a feed may run now, whether a source gives."""

from suixin.data.catalog.models import ResourceState
from suixin.data.collection.errors import FeedStopped
from suixin.data.collection.models import Feed, Source, SourceState
from suixin.kit import clock


def require_runnable(feed: Feed) -> None:
    """Nothing, when feed, source, agreement and entry allow a run now. Raises FeedStopped."""
    source = feed.source
    if source is None:
        raise FeedStopped("这是按文件名收文件的约定,没有来源系统,不能运行;请上传文件。")
    if feed.is_paused:
        raise FeedStopped(f"采集任务“{feed}”已暂停;请先恢复。")
    require_open(source)
    if feed.resource.state != ResourceState.PUBLISHED:
        raise FeedStopped(f"目录“{feed.resource.title}”不是已发布状态,不接收数据;请先发布目录。")


def require_open(source: Source) -> None:
    """Nothing, when the source gives and its supplier's agreement is in force. Raises FeedStopped."""
    if source.state != SourceState.ENABLED:
        raise FeedStopped(f"来源“{source}”已暂停;请先恢复来源。")
    if source.expires_on is not None and source.expires_on < clock.today():
        raise FeedStopped(f"与“{source.organisation}”的供数协议已于 {source.expires_on:%Y-%m-%d} 到期;续签后请在来源页更新到期日。")
