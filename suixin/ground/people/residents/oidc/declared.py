"""Which identity providers this installation has: the city's declarations joined with the installation's settings.

City       `suixin/cities/<city>/identity/<slug>.yaml` (or the folder SUIXIN_IDENTITY): title, scope, names of claims
Settings   SUIXIN_OIDC_ISSUER and SUIXIN_OIDC_CLIENT, each `slug=value,...`; the secret is the file
           SUIXIN_HOME/keys/oidc-<slug>.secret (none: a public client, PKCE alone)
Errors     BadIdentityFile, naming file and key
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from suixin.ground.people.residents.errors import BadIdentityFile
from suixin.ground.people.residents.rules import ClaimMapping, FirmMapping, TrustLevel
from suixin.kit import yaml_text

CITIES = Path(__file__).resolve().parents[4] / "cities"
_KEYS = {"title", "english_title", "scope", "person", "level", "firm"}
_PERSON = {"name", "id_number", "mobile"}
_LEVEL = {"claim", "values", "highest"}
_FIRM = {"claim", "uscc", "name", "role", "legal_representative", "agent"}


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider that residents may sign in with."""

    slug: str
    title: str
    english_title: str
    issuer: str
    client_id: str
    scope: str
    mapping: ClaimMapping

    @property
    def secret(self) -> str:
        """The client's secret; empty for a public client."""
        path = Path(settings.SUIXIN.keys) / f"oidc-{self.slug}.secret"
        return path.read_text("utf-8").strip() if path.is_file() else ""


def providers() -> list[Provider]:
    """Providers with an issuer in the settings, in the order given there. Raises BadIdentityFile."""
    clients = dict(settings.SUIXIN.oidc_client)
    return [_provider(slug, issuer, clients.get(slug, "")) for slug, issuer in settings.SUIXIN.oidc_issuer]


def provider(slug: str) -> Provider | None:
    """The provider of that name, if it is configured."""
    return next((one for one in providers() if one.slug == slug), None)


def folder_of_providers() -> Path:
    """Where providers are declared: the folder of the settings, else that of the city."""
    return Path(settings.SUIXIN.identity) if settings.SUIXIN.identity else CITIES / settings.SUIXIN.city / "identity"


def _provider(slug: str, issuer: str, client_id: str) -> Provider:
    path = folder_of_providers() / f"{slug}.yaml"
    if not path.is_file():
        raise BadIdentityFile(f"设置 SUIXIN_OIDC_ISSUER 里的“{slug}”没有声明文件 {path.name};请在城市的 identity 文件夹里写一个。")
    if not client_id:
        raise BadIdentityFile(f"设置 SUIXIN_OIDC_CLIENT 里没有“{slug}”的客户端标识;请按“{slug}=标识”补上。")
    entries = _section(yaml_text.load(path.read_text("utf-8")), _KEYS, path.name)
    title = str(entries.get("title") or slug)
    return Provider(
        slug, title, str(entries.get("english_title") or title), issuer, client_id,
        str(entries.get("scope") or "openid profile"), _mapping(entries, path.name),
    )


def _mapping(entries: Mapping[str, object], file: str) -> ClaimMapping:
    person = _section(entries.get("person"), _PERSON, f"{file} person")
    level = _section(entries.get("level"), _LEVEL, f"{file} level")
    firm = _section(entries.get("firm"), _FIRM, f"{file} firm")
    values = level.get("values") or {}
    if not isinstance(values, dict):
        raise BadIdentityFile(f"{file} 的 level.values 应当是“身份源的取值: 1 到 4”的对照表。")
    return ClaimMapping(
        name=str(person.get("name") or "name"), id_number=str(person.get("id_number") or ""),
        mobile=str(person.get("mobile") or ""), level_claim=str(level.get("claim") or ""),
        levels={str(said): _level(meant, file) for said, meant in values.items()},
        highest=_level(level.get("highest", 4), file), firm=_firm(firm),
    )


def _firm(firm: Mapping[str, object]) -> FirmMapping:
    names = {key: str(firm[key]) for key in ("claim", "uscc", "name", "role") if firm.get(key)}
    return FirmMapping(
        **names, legal_representative=_words(firm.get("legal_representative")), agent=_words(firm.get("agent"))
    )


def _words(value: object) -> frozenset[str]:
    return frozenset(str(one) for one in value) if isinstance(value, list) else frozenset({str(value)} if value else ())


def _level(value: object, file: str) -> TrustLevel:
    if value not in tuple(TrustLevel):
        raise BadIdentityFile(f"{file} 里的信任等级 {value!r} 不对:只能是 1(注册)、2(手机核验)、3(实名)、4(实人)。")
    return TrustLevel(value)  # type: ignore[arg-type]  # looked for in the line above


def _section(value: object, known: set[str], place: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadIdentityFile(f"{place} 应当是键值对。")
    unknown = sorted(set(value) - known)
    if unknown:
        raise BadIdentityFile(f"{place} 有不认识的键:{'、'.join(map(str, unknown))};可用的键:{'、'.join(sorted(known))}。")
    return value
