"""Databases by the scheme of their address: the driver, the package that holds it, how a connection is made careful.

PostgreSQL, MySQL/MariaDB and SQLite are tested against real ones; the others are declared: their dialects speak
SQLAlchemy, their packages are installed by who needs them (docs/sources.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from django.conf import settings

from suixin.data.collection.errors import AddressRefused, DriverMissing, TableGone, WrongSource
from suixin.data.collection.sources import addresses

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of database. `driver` as SQLAlchemy names it, `module` what must be importable, `package` what to install."""

    title: str
    driver: str
    module: str
    package: str
    port: int = 0


DIALECTS: Mapping[str, Dialect] = {
    "postgresql": Dialect("PostgreSQL", "postgresql+psycopg", "psycopg", "suixin[postgres]", 5432),
    "mysql": Dialect("MySQL", "mysql+pymysql", "pymysql", "suixin[mysql]", 3306),
    "mariadb": Dialect("MariaDB", "mariadb+pymysql", "pymysql", "suixin[mysql]", 3306),
    "sqlite": Dialect("SQLite", "sqlite+pysqlite", "sqlite3", ""),
    "oracle": Dialect("Oracle", "oracle+oracledb", "oracledb", "oracledb", 1521),
    "mssql": Dialect("SQL Server", "mssql+pymssql", "pymssql", "pymssql", 1433),
    "dm": Dialect("达梦", "dm+dmPython", "dmPython", "dmPython 和 dmSQLAlchemy", 5236),
    "kingbase": Dialect("人大金仓", "kingbase+ksycopg2", "ksycopg2", "ksycopg2 和 sqlalchemy-kingbase", 54321),
    "opengauss": Dialect("GaussDB/openGauss", "opengauss+psycopg2", "opengauss_sqlalchemy", "opengauss-sqlalchemy 和 psycopg2", 5432),
    "oceanbase": Dialect("OceanBase(MySQL 租户)", "mysql+oceanbase", "pyobvector", "pyobvector", 2881),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A database's address, taken apart; the password is never in it."""

    scheme: str
    dialect: Dialect
    user: str
    host: str
    port: int
    database: str


def address_of(text: str) -> Address:
    """The parts of `scheme://user@host:port/database`. Raises WrongSource, DriverMissing."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise WrongSource("数据库地址读不懂;应形如 postgresql://用户@主机:5432/库名。") from error
    dialect = DIALECTS.get(parts.scheme)
    if dialect is None:
        raise WrongSource(f"数据库地址的开头“{parts.scheme[:30]}”不认识;可用 {'、'.join(DIALECTS)}。")
    if parts.password is not None:
        raise WrongSource("数据库地址里不要写密码;请把密码填在“密码”一栏,它会加密保存,不再显示。")
    if parts.query or parts.fragment:
        raise WrongSource("数据库地址里不要带“?”或“#”后面的参数;请只写 方案://用户@主机:端口/库名。")
    if find_spec(dialect.module) is None:
        raise DriverMissing(
            f"连接 {dialect.title} 需要的软件包没有安装;请平台运维执行 pip install {dialect.package},重启后再试。"
        )
    database = unquote(parts.path.removeprefix("/"))
    if not database or (parts.scheme != "sqlite" and not parts.hostname):
        raise WrongSource("数据库地址缺少主机或库名;应形如 postgresql://用户@主机:5432/库名。")
    return Address(parts.scheme, dialect, unquote(parts.username or ""), parts.hostname or "", port or dialect.port, database)


def url_of(address: Address, password: str) -> "URL":
    """The address for SQLAlchemy, by the driver that is installed."""
    from sqlalchemy.engine import URL

    if address.scheme == "sqlite":
        path = local_path("/" + address.database.lstrip("/"))
        if not path.is_file():
            raise TableGone(f"没有数据库文件“{path.name}”;请核对路径,或检查文件是否已被移走。")
        return URL.create("sqlite+pysqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    ip = addresses.pinned(address.host, address.port)
    host = ip if address.scheme != "postgresql" else address.host
    return URL.create(
        address.dialect.driver, username=address.user or None, password=password or None, host=host, port=address.port,
        database=address.database,
    )


def connect_arguments(address: Address, seconds: int) -> dict[str, object]:
    """What the driver is told: the address judged, limits of time."""
    match address.scheme:
        case "postgresql":
            return {
                "hostaddr": addresses.pinned(address.host, address.port), "connect_timeout": CONNECT_SECONDS,
                "options": f"-c statement_timeout={seconds * 1000} -c lock_timeout={seconds * 1000} -c datestyle=ISO",
                "application_name": "suixin", "keepalives_idle": 30,
            }
        case "mysql" | "mariadb":
            return {"connect_timeout": CONNECT_SECONDS, "read_timeout": seconds, "write_timeout": seconds, "charset": "utf8mb4"}
        case "sqlite":
            return {"timeout": min(seconds, 30)}
        case _:
            return {}


def careful_statements(address: Address) -> tuple[str, ...]:
    """What each new connection is told first: it only reads, waits for us while we work, tells instants as China time."""
    match address.scheme:
        case "mysql" | "mariadb":
            return ("SET SESSION TRANSACTION READ ONLY", "SET SESSION net_write_timeout = 3600", "SET SESSION time_zone = '+08:00'")
        case "sqlite":
            return ("PRAGMA query_only = 1",)
        case _:
            return ()


def local_path(text: str) -> Path:
    """A path on this machine below the folders that the installation gives to sources. Raises AddressRefused."""
    path = Path(text).resolve()
    roots = [folder.resolve() for folder in roots_allowed()]
    if not any(path == root or root in path.parents for root in roots):
        raise AddressRefused(
            f"路径“{text[:200]}”不在来源文件夹之下;平台只读取设置 SUIXIN_SOURCE_FOLDERS 列出的文件夹,请把文件放进去,或请运维增列。"
        )
    return path


def roots_allowed() -> tuple[Path, ...]:
    """Folders that sources may lie in."""
    named = settings.SUIXIN.source_folders
    return tuple(Path(one) for one in named) or (settings.SUIXIN.home / "incoming",)
