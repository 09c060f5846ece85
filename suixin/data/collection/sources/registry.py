"""Which connector serves which kind, and its declared options checked."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from suixin.data.collection.errors import WrongSource
from suixin.data.collection.sources.base import Connector, Kind, Option, Settings

LONGEST = 20_000
_CLASSES = {
    Kind.DATABASE: "databases.DatabaseConnector", Kind.HTTP: "http_api.HttpConnector", Kind.FOLDER: "folder.FolderConnector",
    Kind.SFTP: "sftp.SftpConnector", Kind.S3: "s3.S3Connector", Kind.PUSH: "push.PushConnector", Kind.AGENT: "agent.AgentConnector",
}


@cache
def class_of(kind: Kind) -> type[Connector]:
    """The connector of that kind. Its library is loaded when first asked: no command waits for what it does not use."""
    module, name = _CLASSES[kind].split(".")
    found: type[Connector] = getattr(import_module(f"suixin.data.collection.sources.{module}"), name)
    return found


def connector_for(kind: Kind, settings: Settings) -> Connector:
    """The source, opened when first asked. Raises WrongSource for an address or options that cannot be."""
    return class_of(kind)(settings)


def options_of(kind: Kind) -> tuple[Option, ...]:
    """What may be set of a source of that kind."""
    return class_of(kind).OPTIONS


def checked(kind: Kind, given: Mapping[str, object], *, secrets: bool) -> dict[str, object]:
    """Options (or secrets) as declared: unknown names refused, numbers in their limits, defaults left out. Raises WrongSource."""
    declared = {one.name: one for one in options_of(kind) if one.is_secret is secrets}
    if unknown := sorted(set(given) - set(declared)):
        raise WrongSource(f"来源的参数“{unknown[0][:60]}”不认识;可用 {'、'.join(declared) or '(无)'}。")
    found = {name: _value(declared[name], value) for name, value in given.items() if value not in (None, "")}
    missing = [one for one in declared.values() if one.is_required and not one.default and one.name not in found]
    if missing and not secrets:
        raise WrongSource(f"请填写“{missing[0].label}”。")
    return found


def _value(option: Option, value: object) -> object:
    if option.type == "integer":
        try:
            number = int(str(value))
        except ValueError as error:
            raise WrongSource(f"“{option.label}”应为整数,不是“{str(value)[:30]}”。") from error
        if not option.least <= number <= option.most:
            raise WrongSource(f"“{option.label}”应在 {option.least} 到 {option.most} 之间。")
        return number
    text = str(value)
    if option.type == "choice" and text not in dict(option.choices):
        raise WrongSource(f"“{option.label}”应为 {'、'.join(code for code, _ in option.choices)} 之一。")
    if len(text) > LONGEST or (option.type != "long" and ("\n" in text or "\r" in text)) or "\0" in text:
        raise WrongSource(f"“{option.label}”过长,或含有换行等不能用的字符。")
    return text
