"""Every setting of an installation, declared once: name, type, default, text.

Each field of `Config` is read from the environment variable of its name (`variable`), else from the file
`settings.env` of the home (lines NAME=VALUE, # for remarks); a wrong value stops the start with a sentence.
Lower storeys see the object as `django.conf.settings.SUIXIN`.
`docs/reference.md` holds the same list, a test compares them.
"""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from suixin.ground.security.rules import ROLE_VERBS
from suixin.kit.errors import SuixinError
from suixin.kit.kept import kept

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = str(REPOSITORY.parent / "shared" / "data")
SETTINGS_FILE = "settings.env"
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


def _whole(value: str) -> int:
    number = int(value)
    if number < 0:
        raise ValueError(value)
    return number


def _seconds(value: str) -> float:
    number = float(value)
    if not 0 < number <= 3600:  # nan is none of these either
        raise ValueError(value)
    return number


def _demand(value: str) -> str:
    if value not in {"required", "optional"}:
        raise ValueError(value)
    return value


def _years(value: str) -> int:
    number = int(value)
    if not 3 <= number <= 100:
        raise ValueError(value)
    return number


def _flag(value: str) -> bool:
    return {"1": True, "true": True, "0": False, "false": False}[value.strip().lower()]


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _networks(value: str) -> tuple[str, ...]:
    words = _words(value)
    for word in words:
        ip_network(word, strict=False)
    return words


def _named(value: str) -> tuple[tuple[str, str], ...]:
    """`slug=value,...`; one value alone belongs to `province`."""
    words = _words(value)
    if len(words) == 1 and not re.match(r"[a-z][a-z0-9-]*=", words[0]):
        return (("province", words[0]),)
    pairs = tuple((name, rest) for name, _, rest in (word.partition("=") for word in words))
    if not all(re.fullmatch(r"[a-z][a-z0-9-]*", name) and rest for name, rest in pairs):
        raise ValueError(value)
    return pairs


def _issuers(value: str) -> tuple[tuple[str, str], ...]:
    """`_named` addresses: https, or this machine."""
    pairs = _named(value)
    for _, address in pairs:
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
            raise ValueError(value)
    return pairs


def _gateways(value: str) -> tuple[tuple[str, str], ...]:
    """`channel=address`: https, or this machine, for channels that a gateway carries."""
    pairs = _issuers(value)
    if not {name for name, _ in pairs} <= {"sms", "wecom", "dingtalk"} or len({name for name, _ in pairs}) < len(pairs):
        raise ValueError(value)
    return pairs


def _smtp(value: str) -> str:
    """A mail server's address; its password is a file, never part of the address."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname or parts.password or parts.path):
        raise ValueError(value)
    if parts.username and parts.scheme == "smtp":  # a password in the clear
        raise ValueError(value)
    _ = parts.port  # raises ValueError when it is none
    return value


def _mail_address(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}", value):
        raise ValueError(value)
    return value


def _quiet(value: str) -> str:
    """`HH:MM-HH:MM`, or `off`."""
    if value != "off" and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError(value)
    return value


def _memory(value: str) -> str:
    if not re.fullmatch(r"\d+(MB|GB|MiB|GiB)", value):
        raise ValueError(value)
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise ValueError(value)
    return value


def _database(value: str) -> str:
    parts = urlsplit(value)
    if value and parts.scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError(value)
    if not re.fullmatch("none|[0-9]{1,4}", dict(parse_qsl(parts.query, keep_blank_values=True)).get("prepare_threshold", "none")):
        raise ValueError(value)
    return value


def _roles(value: str) -> tuple[str, ...]:
    words = _words(value)
    if not set(words) <= set(ROLE_VERBS):  # a misspelt role would silently need nothing
        raise ValueError(value)
    return words


def _scanner(value: str) -> str:
    """Empty, `command:/path/program options`, `clamd:/path.socket` or `clamd:host:port`."""
    if value and not re.fullmatch(r"command:/\S.*|clamd:/\S+|clamd:[^\s:/]+:[0-9]{1,5}", value):
        raise ValueError(value)
    return value


def _log_form(value: str) -> str:
    if value not in ("text", "json"):
        raise ValueError(value)
    return value


EXPECTED = {
    _networks: "用英文逗号分隔的网络地址,例如 10.0.0.5,192.168.0.0/16",
    _seconds: "大于 0、不超过 3600 的秒数", _text: "一段文字", _folder: "一个文件夹路径", _count: "一个正整数", _years: "3 到 100 的整数",
    _flag: "1 或 0", _words: "用英文逗号分隔的若干项",
    _scanner: "command:/路径/程序 参数、clamd:/路径.socket 或 clamd:主机:端口",
    _log_form: "text 或 json", _roles: "用英文逗号分隔的角色代码,例如 administrator,auditor",
    _whole: "零或正整数", _demand: "required 或 optional",
    _named: "“名称=标识”,多个用英文逗号分隔", _issuers: "“名称=https 地址”,多个用英文逗号分隔",
    _gateways: "“渠道=https 地址”,多个用英文逗号分隔,渠道是 sms、wecom 或 dingtalk",
    _smtp: "smtp://主机:端口、smtp+starttls://用户@主机:端口 或 smtps://用户@主机:端口;"
    "密码放在 keys/smtp.secret,不写在地址里;有用户时必须加密",
    _mail_address: "一个邮箱地址", _quiet: "形如 21:00-08:00,或 off",
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
    anchors: Path = _declared(_folder, "", "second place of the audit anchors, best on another disk; empty: `anchors` in the home")
    audit_online_days: int = _declared(_count, "184", "days after which sealed audit records leave the database for archive files")
    audit_years: int = _declared(_years, "3", "years that audit records are kept, at least the three that the law asks for")
    audit_long_years: int = _declared(_years, "10", "years that records of grants, keys and deliveries are kept")
    city: str = _declared(_slug, "suining", "folder of `suixin/cities` that is this city")
    category: str = _declared(_text, "307001", "category (class, item, subitem, detail) of resources that files propose")
    demo_password: str = _declared(_text, "", "password of the accounts that the demo makes; empty: one is generated")
    memory_limit: str = _declared(_memory, "1GB", "memory that the query engine may use in one process")
    gateway_sealed_level: int = _declared(_count, "4", "level (1 to 5) of resources whose gateway calls must be enciphered; 6: none")
    small_group: int = _declared(_count, "5", "rows that a group needs to be shown by a statistics query of the gateway; 1: any")
    regrade_persons: int = _declared(_count, "1000000", "rows of personal data from which a table is proposed as important data")
    threads: int = _declared(_count, THREADS, "threads of the query engine in one process")
    data: Path = _declared(_folder, DATA, "folder of real files that tests read")
    hosts: tuple[str, ...] = _declared(_words, "127.0.0.1,localhost,[::1]", "host names that the site answers to")
    origins: tuple[str, ...] = _declared(_words, "", "origins (https://...) that forms may be sent from behind a proxy")
    proxies: tuple[str, ...] = _declared(_networks, "", "addresses or networks of our reverse proxies, whose X-Forwarded-For is believed")
    https: bool = _declared(_flag, "0", "whether the site is reached by https only (secure cookies, HSTS)")
    job_processes: int = _declared(_count, "2", "processes of a worker that run background jobs")
    job_retry: int = _declared(_count, "60", "seconds of silence after which a running job counts as lost and runs again")
    upload_direct_bytes: int = _declared(_count, "4000000", "larger uploads are collected by a background job")
    quality_threshold: int = _declared(_count, "80", "total quality score below which an open table fails the compliance check")
    quality_gate: int = _declared(_whole, "50", "total quality score of the newest batch below which a table is not published; 0: no gate")
    order_rows: int = _declared(_count, "50", "rejected rows of one reason from which a batch becomes a work order")
    order_percent: int = _declared(_count, "1", "share of a batch's rows, in percent, rejected for one reason, from which it does")
    metrics_from: tuple[str, ...] = _declared(_networks, "127.0.0.0/8,::1", "addresses or networks that may read /metrics")
    log: str = _declared(_log_form, "text", "form of log lines: text, or json (one object a line)")
    access_log: bool = _declared(_flag, "0", "whether every request is told in a log line")
    login_failures: int = _declared(_count, "10", "failed sign-ins of one account before it is locked for a while")
    address_failures: int = _declared(_count, "50", "failed sign-ins from one address before it is locked for a while")
    lockout_minutes: int = _declared(_count, "15", "minutes after the last failure during which failed sign-ins count")
    password_length: int = _declared(_count, "10", "least number of characters of a password")
    password_kinds: int = _declared(_count, "3", "least number of kinds in a password: lower case, upper case, digits, others")
    password_history: int = _declared(_whole, "5", "last passwords of an account that it may not take again; 0: any")
    password_days: int = _declared(_whole, "90", "days after which a password must be changed; 0: never")
    second_factor: str = _declared(
        _demand, "required", "whether accounts of second_factor_roles must have a second factor: required or optional"
    )
    second_factor_roles: tuple[str, ...] = _declared(
        _roles, "administrator,security_officer,auditor,operator,data_officer", "roles that must have a second factor"
    )
    session_idle_minutes: int = _declared(_count, "30", "minutes without a request after which a session ends")
    session_hours: int = _declared(_count, "12", "hours after which a session ends, whatever happens in it")
    sessions_per_account: int = _declared(_count, "3", "sessions of one account at a time; a new one ends the oldest")
    oidc_issuer: tuple[tuple[str, str], ...] = _declared(
        _issuers, "", "identity providers that sign residents in, `slug=https://issuer,...`; empty: none"
    )
    oidc_client: tuple[tuple[str, str], ...] = _declared(
        _named, "", "our client id at each, `slug=id,...`; the secret is the file `keys/oidc-<slug>.secret` in the home"
    )
    identity: str = _declared(_text, "", "folder of `<slug>.yaml` that name a provider's claims; empty: `identity` of the city")
    smtp_url: str = _declared(
        _smtp, "", "mail server, `smtp+starttls://user@host:587`, `smtps://`, `smtp://`; password in `keys/smtp.secret`; empty: no e-mail"
    )
    mail_from: str = _declared(_mail_address, "", "address that e-mail is sent from; empty: no e-mail")
    gateways: tuple[tuple[str, str], ...] = _declared(
        _gateways, "", "message gateways, `sms=https://...,wecom=...,dingtalk=...`; the secret is `keys/gateway-<channel>.secret`"
    )
    notify_quiet: str = _declared(_quiet, "21:00-08:00", "hours in China in which messages that are not urgent wait; off: none")
    file_max_bytes: int = _declared(_count, "20971520", "most bytes of one attachment")
    file_scanner: str = _declared(
        _scanner, "", "scanner of attachments: command:/path/program options, clamd:/path.socket or clamd:host:port; empty: none"
    )
    source_networks: tuple[str, ...] = _declared(
        _networks, "", "private addresses or networks that sources may be read from, 10.1.0.0/16,...; public addresses always may"
    )
    source_folders: tuple[str, ...] = _declared(
        _words, "", "folders on this machine that sources may be read from; empty: `incoming` in the home"
    )
    log_warn_gigabytes: int = _declared(
        _count, "10", "gigabytes of a database's log that a feed may make its source keep before the source is told to be unwell"
    )
    log_idle_days: int = _declared(
        _count, "3", "days that a feed which cannot run makes its source keep the log; then the slot is given up and all is read anew"
    )
    draft_days: int = _declared(_count, "30", "days after its last saving that the draft of a form is kept")
    payment_seconds: float = _declared(_seconds, "10", "seconds that a payment provider is waited for at one question")
    payment_turn_seconds: float = _declared(
        _seconds, "60", "seconds that asking all payment providers for what is pending may take in one turn, each its share"
    )
    simulated_payment: bool = _declared(
        _flag, "0", "whether fees may be paid through a simulated provider that takes no money; never in production"
    )
    simulated_identity: bool = _declared(
        _flag, "0", "whether made-up residents of the city may sign in by one password; not beside https or a real provider"
    )
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
    def database_file(self) -> Path | None:
        """The file of the control database; None when a server keeps it."""
        parts = urlsplit(self.database_url)
        return Path("/", unquote(parts.path).lstrip("/")) if parts.scheme == "sqlite" else None

    @property
    def secret_key(self) -> str:
        """Django's secret, made on first use and kept with mode 0600."""
        return kept(self.keys / "django.key", lambda: secrets.token_urlsafe(48))


def variable(name: str) -> str:
    """The environment variable of a field of `Config`."""
    return f"SUIXIN_{name.upper()}"


def read_config(environment: Mapping[str, str]) -> Config:
    """The settings that `environment`, else the file of its home, asks for. Raises WrongSetting, naming value and remedy."""
    environment = {**filed(_folder(environment.get(variable("home")) or "./var") / SETTINGS_FILE), **environment}
    values = {declared.name: _read(declared, environment) for declared in fields(Config)}
    for name in ("lake", "anchors"):
        if not environment.get(variable(name)):
            values[name] = _folder(f"{values['home']}/{name}")
    if not values["database_url"]:
        values["database_url"] = f"sqlite:///{values['home']}/suixin.sqlite"
    config = Config(**values)  # type: ignore[arg-type]  # each value came from the parser declared with its field
    _require_nobody_made_up_where_it_is_real(config)
    return config


def filed(path: Path) -> dict[str, str]:
    """The settings of the home's own file; none when there is no such file. Raises WrongSetting."""
    if not path.is_file():
        return {}
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    known = {variable(declared.name) for declared in fields(Config)} - {variable("home")}
    unknown = [name for name, sign, _ in pairs if not sign or name.strip() not in known]
    if unknown:
        raise WrongSetting(f"设置文件 {path} 里的“{unknown[0][:60]}”不认识；每行写成 SUIXIN_名称=值，名称见 docs/reference.md。")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _require_nobody_made_up_where_it_is_real(config: Config) -> None:
    """Nothing, unless made-up residents may sign in where real ones do. Raises WrongSetting."""
    if not config.simulated_identity:
        return
    real = [variable("https")] if config.https else []
    if any(urlsplit(address).scheme == "https" for _, address in config.oidc_issuer):
        real.append(variable("oidc_issuer"))
    if real:
        raise WrongSetting(
            f"模拟登录 {variable('simulated_identity')} 开着,而 {'、'.join(real)} 说明这是正式环境:"
            "知道演示密码的人都能以居民、企业的名义办事。"
            f"没有启动;请删除 {variable('simulated_identity')},或在演示环境去掉 {'、'.join(real)}。"
        )


def _read(declared: "Field[object]", environment: Mapping[str, str]) -> object:
    name = variable(declared.name)
    text = environment.get(name) or declared.metadata["default"]
    parse = declared.metadata["parse"]
    try:
        return parse(text)
    except (ValueError, KeyError) as error:
        raise WrongSetting(f"环境变量 {name} 的值 {text!r} 不对:应为{EXPECTED[parse]}。请改正后重新启动。") from error


config = read_config(os.environ)
