"""Every setting of an installation, declared once: name, type, default, text.

Each field of `Config` is read from the environment variable that its `setting` names; a wrong value
stops the start with a sentence. Lower storeys see the object as `django.conf.settings.SUIXIN`.
`docs/reference.md` holds the same list, a test compares them.
"""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from suixin.kit.errors import SuixinError
from suixin.kit.kept import kept

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = str(REPOSITORY.parent / "shared" / "data")
THREADS = str(min(4, os.cpu_count() or 1))


class WrongSetting(SuixinError):
    """An environment variable holds what its setting cannot be."""

    code = "conf-500"


def _text(value: str) -> str:
    return value


def _folder(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _count(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError(value)
    return number


def _flag(value: str) -> bool:
    return {"1": True, "true": True, "0": False, "false": False}[value.strip().lower()]


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _memory(value: str) -> str:
    if not re.fullmatch(r"\d+(MB|GB|MiB|GiB)", value):
        raise ValueError(value)
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise ValueError(value)
    return value


def _database(value: str) -> str:
    if value and urlsplit(value).scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError(value)
    return value


EXPECTED = {
    _text: "一段文字", _folder: "一个文件夹路径", _count: "一个正整数", _flag: "1 或 0", _words: "用英文逗号分隔的若干项",
    _memory: "形如 512MB 或 2GB 的内存量", _slug: "小写英文名称", _database: "sqlite:///路径 或 postgresql://用户@主机/库",
}


# Any: like dataclasses.field, the result stands where a value of the field's own type is expected
def _declared(parse: Callable[[str], object], default: str, text: str) -> Any:  # noqa: ANN401
    return field(metadata={"parse": parse, "default": default, "text": text})


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one installation. Field `x_y` is the environment variable `SUIXIN_X_Y`."""

    home: Path = _declared(_folder, "./var", "folder that holds all state of the installation")
    database_url: str = _declared(_database, "", "control database; empty: SQLite file `suixin.sqlite` in the home")
    lake: Path = _declared(_folder, "", "folder of the lake; empty: `lake` in the home")
    city: str = _declared(_slug, "suining", "folder of `suixin/cities` that is this city")
    category: str = _declared(_text, "307001", "category (class, item, subitem, detail) of resources that files propose")
    demo_password: str = _declared(_text, "", "password of the accounts that the demo makes; empty: one is generated")
    memory_limit: str = _declared(_memory, "1GB", "memory that the query engine may use in one process")
    threads: int = _declared(_count, THREADS, "threads of the query engine in one process")
    data: Path = _declared(_folder, DATA, "folder of real files that tests read")
    hosts: tuple[str, ...] = _declared(_words, "127.0.0.1,localhost,[::1]", "host names that the site answers to")
    origins: tuple[str, ...] = _declared(_words, "", "origins (https://...) that forms may be sent from behind a proxy")
    https: bool = _declared(_flag, "0", "whether the site is reached by https only (secure cookies, HSTS)")
    debug: bool = _declared(_flag, "0", "show details of failures in the browser; never in production")
    chromium: str = _declared(_text, "", "path of the Chromium for browser tests and screenshots; empty: looked for")
    test_postgres: str = _declared(
        _database, "postgresql://postgres@127.0.0.1:5432/test", "PostgreSQL server that `.ci/run` runs the tests against"
    )

    @property
    def keys(self) -> Path:
        """Folder of the secret keys of this installation."""
        return self.home / "keys"

    @property
    def secret_key(self) -> str:
        """Django's secret, made on first use and kept with mode 0600."""
        return kept(self.keys / "django.key", lambda: secrets.token_urlsafe(48))


def variable(name: str) -> str:
    """The environment variable of a field of `Config`."""
    return f"SUIXIN_{name.upper()}"


def read_config(environment: Mapping[str, str]) -> Config:
    """The settings that `environment` asks for. Raises WrongSetting, naming variable, value and remedy."""
    values = {declared.name: _read(declared, environment) for declared in fields(Config)}
    if not environment.get(variable("lake")):
        values["lake"] = _folder(f"{values['home']}/lake")
    if not values["database_url"]:
        values["database_url"] = f"sqlite:///{values['home']}/suixin.sqlite"
    return Config(**values)  # type: ignore[arg-type]  # each value came from the parser declared with its field


def _read(declared: "Field[object]", environment: Mapping[str, str]) -> object:
    name = variable(declared.name)
    text = environment.get(name) or declared.metadata["default"]
    parse = declared.metadata["parse"]
    try:
        return parse(text)
    except (ValueError, KeyError) as error:
        raise WrongSetting(f"环境变量 {name} 的值 {text!r} 不对:应为{EXPECTED[parse]}。请改正后重新启动。") from error


config = read_config(os.environ)
