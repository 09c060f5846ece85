"""What a database's driver raised, as the sentence for who can act: login, permission, table, time, connection."""

from sqlalchemy.exc import DBAPIError

from suixin.data.collection.errors import LoginRefused, SourceFault, SourceSlow, TableGone
from suixin.data.collection.sources.dialects import Address

_LOGIN = {"28P01", "28000", "1045", "1698", "3118"}
_NO_DATABASE = {"3D000", "1049"}
_FORBIDDEN = {"42501", "1142", "1143", "1044"}
_GONE = {"42P01", "42703", "1146", "1054", "no such table", "no such column"}
_SLOW = {"57014", "55P03", "1969", "3024", "1205", "timed out"}


def fault_of(error: DBAPIError, address: Address) -> SourceFault:
    """The error as a sentence; the driver's own words stay in its cause, they may name values."""
    code, words = _code_of(error), str(error.orig).lower()
    name = f"{address.dialect.title} 库“{address.database}”"
    if code in _LOGIN or "password authentication failed" in words or "no password supplied" in words:
        return LoginRefused(f"{name}拒绝了账号“{address.user}”的登录;请向来源单位核对账号和密码,在来源页重新填写密码。")
    if code in _NO_DATABASE or ("does not exist" in words and "database" in words):
        return TableGone(f"{address.host or '本机'} 上没有库“{address.database}”;请核对来源地址里的库名。")
    if code in _FORBIDDEN:
        return LoginRefused(f"账号“{address.user}”没有读取{name}里这张表的权限;请来源单位授予只读权限后再运行。")
    if code in _GONE or any(word in words for word in _GONE if " " in word):
        return TableGone(f"{name}里要读的表或列不在了;请与来源单位核对,恢复后再运行,或重新设置采集任务。")
    if code in _SLOW or "timed out" in words or "timeout" in words:
        return SourceSlow(f"{name}没有在时限内答复,已中断;请避开来源系统的忙时,给增量列建索引,或把时限调大后再运行。")
    if not _has_connected(error):
        place = f"{address.host or '本机'}:{address.port}"
        return SourceFault(f"连不上 {place} 的 {address.dialect.title};请检查来源系统是否在运行、网络和防火墙是否放行。")
    return SourceFault(f"{name}在读取途中断开或出错({code or type(error.orig).__name__});已入库的部分保留,再次运行会接着读。")


def _code_of(error: DBAPIError) -> str:
    original = error.orig
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    first = original.args[0] if original is not None and original.args else ""
    return str(state or (first if isinstance(first, int) else ""))


def _has_connected(error: DBAPIError) -> bool:
    words = str(error.orig).lower()
    refused = ("connection refused", "can't connect", "could not connect", "unable to open", "connection failed", "no route", "unreachable")
    return not any(word in words for word in refused)
