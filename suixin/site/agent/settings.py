"""agent.toml: where the base is, what is read. Unknown keys are errors; secrets lie in files of their own (0600)."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from suixin.data.collection.sources.heartbeats import NAME
from suixin.site.agent.errors import SettingsWrong

_Name = Annotated[str, Field(pattern=NAME)]
_KINDS = {"extra_forbidden": "不认识的键", "missing": "没有填写", "string_pattern_mismatch": "写法不对"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Database(_Strict):
    """One front database; its account should only be able to read."""

    address: str
    password_file: str = ""
    schema_name: str = Field("", alias="schema")
    seconds: int = Field(300, ge=1, le=86_400)


class Folder(_Strict):
    """One folder of files. A file that was written within `settle` seconds waits."""

    path: str
    settle: int = Field(10, ge=0, le=86_400)


class Stream(_Strict):
    """One table, or files of one form, that goes into one entry of the base."""

    database: str = ""
    table: str = ""
    mode: Literal["cursor", "modified", "full"] = "cursor"
    cursor: str = ""
    key: list[str] = []
    overlap: int = Field(0, ge=0, le=366 * 86_400)
    columns: list[str] = []
    folder: str = ""
    pattern: str = "*"
    every: int = Field(300, ge=1, le=7 * 86_400)
    chunk_rows: int = Field(10_000, ge=1, le=10_000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.database) == bool(self.folder):
            raise ValueError("database 和 folder 应写且只写一个")
        if self.database and not self.table:
            raise ValueError("读数据库要写 table")
        if self.database and (self.mode == "full") == bool(self.cursor):
            raise ValueError("mode 为 cursor 或 modified 时要写 cursor(增量列),为 full 时不能写")
        if self.overlap and self.mode != "modified":
            raise ValueError("overlap(重叠)只用于 mode = \"modified\"")
        if self.folder and (self.table or self.cursor or self.key or self.columns):
            raise ValueError("读文件夹时不写 table、cursor、key、columns")
        return self


class Settings(_Strict):
    """The whole file."""

    base: str = Field(pattern=r"^https?://[^/?#\s]+/?$")
    source: str = Field(pattern=r"^[a-z][a-z0-9-]{1,59}$")
    application: str = Field(pattern=r"^[!-~]{1,64}$")
    secret_file: str
    ca_file: str = ""
    plain_http: bool = False
    state: str = "state"
    spool_megabytes: int = Field(1024, ge=1, le=1_000_000)
    heartbeat_seconds: int = Field(60, ge=1, le=3600)
    database: dict[_Name, Database] = {}
    folder: dict[_Name, Folder] = {}
    stream: dict[_Name, Stream] = Field(min_length=1, max_length=200)
    home: Path = Field(Path(), exclude=True)

    @model_validator(mode="after")
    def _joins(self) -> Self:
        for name, one in self.stream.items():
            if one.database and one.database not in self.database:
                raise ValueError(f"[stream.{name}] 的 database “{one.database}”没有写成 [database.{one.database}]")
            if one.folder and one.folder not in self.folder:
                raise ValueError(f"[stream.{name}] 的 folder “{one.folder}”没有写成 [folder.{one.folder}]")
        if self.base.startswith("http://") and not self.plain_http:
            raise ValueError("base 不是 https://,数据会明文传输;确需在专线内用 http,请写 plain_http = true")
        return self

    def path(self, text: str) -> Path:
        """A path of the file: relative to where the file lies."""
        return (self.home / text).resolve()


def load(file: Path) -> Settings:
    """The settings of the file. Raises SettingsWrong, naming the key."""
    try:
        given = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsWrong(f"读不出配置文件 {file}({error.strerror});请先运行 suixin agent init,或用 --config 指明。") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"配置文件 {file} 不是 UTF-8 的 TOML:{error}。请改正后再运行。") from error
    if "home" in given:
        raise SettingsWrong(f"配置文件 {file} 里的“home”:不认识的键。请改正后再运行。")
    try:
        return Settings.model_validate({**given, "home": file.resolve().parent})
    except ValidationError as error:
        raise SettingsWrong(f"配置文件 {file} 里的{_told(error)}。请改正后再运行。") from error


def secret_of(settings: Settings, name: str) -> str:
    """What a secret's file holds; no other account may read it. Raises SettingsWrong."""
    path = settings.path(name)
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"读不出密钥文件 {path};请把密钥或密码写进去,一行,UTF-8。") from error
    if mode & 0o077:
        raise SettingsWrong(f"密钥文件 {path} 别的账号也能读;请执行 chmod 600 {path}。")
    if not text:
        raise SettingsWrong(f"密钥文件 {path} 是空的;请把密钥或密码写进去,一行。")
    return text


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    where, kind = ".".join(map(str, first["loc"])), first["type"]
    said = str(first["ctx"]["error"]) if kind == "value_error" and "ctx" in first else _KINDS.get(kind, first["msg"])
    return f"“{where}”:{said}" if where else said
