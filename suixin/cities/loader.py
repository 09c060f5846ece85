"""Reading the folder of a city into frozen values; pure, writes nothing, knows no database.

Files    city.yaml  organisations.yaml  divisions.csv  themes.yaml  resources/*.yaml  indicators/*.yaml + *.sql
Promise  an unknown key, provider, theme or parent is an error whose sentence names file and key
Errors   UnknownCity, BadCityFile (errors.py)
"""

from pathlib import Path

from suixin.cities import strict
from suixin.cities.errors import BadCityFile, UnknownCity
from suixin.cities.specs import City, DivisionSpec, IndicatorSpec, OrganisationSpec, ResourceSpec, ThemeSpec
from suixin.data.catalog.contract import SHARING_OF_ITEM, Contract, ItemSpec, ItemType, Level, Rule, WriteMode
from suixin.data.catalog.drafts import ResourceDraft
from suixin.kit.checksums import is_uscc
from suixin.kit.expressions import ExpressionError, parse

CITIES = Path(__file__).parent

_CITY = {
    "slug": str, "code": str, "name": str, "short_name": str, "english_name": str, "province": str, "bounds": list,
    "centre": list, "bureau": str, "area_telephone_code": str, "plate_prefix": str,
}
_ORGANISATION = {
    **dict.fromkeys(("uscc", "name", "short_name", "slug", "kind", "division_code", "parent", "public_name"), str),
    "is_bureau": bool,
}
_DIVISION = dict.fromkeys(("code", "name", "kind", "parent", "valid_from", "valid_to", "as_of"), str)
_THEME = dict.fromkeys(("slug", "name"), str)
_METADATA = {
    "abstract": str, "format_category": str, "format_type": str, "share_type": str, "share_condition": str,
    "share_method": str, "open_type": str, "open_condition": str, "update_cycle": str, "theme": str,
    "keywords": list, "data_class": str, "source_note": str, "is_simulated": bool, "has_lookup": bool,
    "related_codes": list, "further_categories": list, "extension": dict, "source_department": str,
    **dict.fromkeys((
        "share_scope", "share_usage", "withhold_reason", "basis_document", "basis_number", "basis_article", "secrecy_assessment",
        "privacy_assessment",
    ), str),
}
_RESOURCE = {
    "title": str, "table": str, "provider": str, "category": str, "write_mode": str, "files": list,
    "items": list, "rules": list, **_METADATA,
}
_ITEM = {
    "field": str, "name": str, "type": str, "length": int, "scale": int, "is_key": bool, "nullable": bool,
    "code_set": str, "level": int, "mask": str, "sensitive": str, "unit": str, "description": str,
    "is_indexed": bool, "is_sealed": bool, "source_names": list,
    **dict.fromkeys(SHARING_OF_ITEM, str), "is_secret": bool,
}
_RULE = dict.fromkeys(("code", "expression", "message", "dimension"), str)
_INDICATOR = {
    "slug": str, "title": str, "unit": str, "description": str, "frequency": str, "tables": list, "chart": str,
}


def load_city(slug: str, *, root: Path = CITIES) -> City:
    """The city of that folder name. Raises UnknownCity, BadCityFile."""
    folder = root / slug
    if not (folder / "city.yaml").is_file():
        raise UnknownCity(f"没有城市“{slug}”:应有文件 {slug}/city.yaml。")
    page = strict.checked(
        strict.read_yaml(folder / "city.yaml"), _CITY, place="city.yaml", required=tuple(_CITY)
    )
    organisations = _organisations(folder / "organisations.yaml")
    themes = tuple(
        ThemeSpec(**entry)
        for entry in strict.entries(
            strict.read_yaml(folder / "themes.yaml"), _THEME, place="themes.yaml", required=("slug", "name")
        )
    )
    city = City(
        **{**page, "bounds": tuple(page["bounds"]), "centre": tuple(page["centre"])}, folder=folder,
        organisations=organisations, divisions=_divisions(folder / "divisions.csv"), themes=themes,
        resources=tuple(
            _resource(path, {o.slug: o.uscc for o in organisations}, {t.slug: t.name for t in themes})
            for path in sorted((folder / "resources").glob("*.yaml"))
        ),
        indicators=tuple(_indicator(path) for path in sorted((folder / "indicators").glob("*.yaml"))),
    )
    _check_references(city)
    return city


def _organisations(path: Path) -> tuple[OrganisationSpec, ...]:
    needed = ("uscc", "name", "short_name", "slug", "kind", "division_code")
    found: dict[str, OrganisationSpec] = {}
    for entry in strict.entries(strict.read_yaml(path), _ORGANISATION, place=path.name, required=needed):
        spec = OrganisationSpec(**entry)
        if not is_uscc(spec.uscc):
            raise BadCityFile(f"{path.name} 中“{spec.name}”的统一社会信用代码 {spec.uscc} 校验不通过。")
        if spec.slug in found:
            raise BadCityFile(f"{path.name} 中标识“{spec.slug}”出现了两次,应当唯一。")
        if spec.parent and spec.parent not in found:
            raise BadCityFile(f"{path.name} 中“{spec.name}”的上级“{spec.parent}”不在它之前。")
        found[spec.slug] = spec
    return tuple(found.values())


def _divisions(path: Path) -> tuple[DivisionSpec, ...]:
    needed = ("code", "name", "kind", "parent")
    rows = strict.entries(strict.read_csv(path), _DIVISION, place=path.name, required=needed)
    return tuple(DivisionSpec(**_with_days(row, f"{path.name} 中 {row['code']}")) for row in rows)


def _with_days(row: strict.Entry, place: str) -> strict.Entry:
    days = ("valid_from", "valid_to", "as_of")
    return {key: strict.day(value, place) if key in days else value for key, value in row.items()}


def _resource(path: Path, credit_codes: dict[str, str], themes: dict[str, str]) -> ResourceSpec:
    place = f"resources/{path.name}"
    needed = ("title", "table", "provider", "category", "abstract", "items")
    entry = strict.checked(strict.read_yaml(path), _RESOURCE, place=place, required=needed)
    if entry["provider"] not in credit_codes:
        raise BadCityFile(f"{place} 的提供方“{entry['provider']}”不在 organisations.yaml 中。")
    if entry.get("theme", "") not in {*themes, ""}:
        raise BadCityFile(f"{place} 的主题“{entry['theme']}”不在 themes.yaml 中。")
    contract = Contract(
        code="", table=entry["table"], title=entry["title"], items=_items(entry["items"], place),
        rules=_rules(entry.get("rules", []), place), write_mode=_write_mode(entry, place),
    )
    _check_rules(contract, place)
    metadata: strict.Entry = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items() if k in _METADATA}
    metadata["theme"] = themes.get(entry.get("theme", ""), "")
    draft = ResourceDraft(
        contract=contract, provider=credit_codes[entry["provider"]], category=entry["category"], **metadata
    )
    return ResourceSpec(
        slug=path.stem, provider=entry["provider"], draft=draft, patterns=tuple(map(str, entry.get("files", [])))
    )


def _write_mode(entry: strict.Entry, place: str) -> WriteMode:
    try:
        return WriteMode(entry.get("write_mode", "append"))
    except ValueError as error:
        raise BadCityFile(f"{place} 的 write_mode 应为 {'、'.join(WriteMode)}。") from error


def _items(content: object, place: str) -> tuple[ItemSpec, ...]:
    specs = []
    for entry in strict.entries(content, _ITEM, place=f"{place} 的 items ", required=("field", "name", "type")):
        try:
            typed = {**entry, "type": ItemType(entry["type"]), "level": Level(entry.get("level", 1))}
        except ValueError as error:
            raise BadCityFile(
                f"{place} 的信息项“{entry['name']}”:类型应为 {''.join(ItemType)} 之一,分级为 1 至 4,重要数据为 5。"
            ) from error
        specs.append(ItemSpec(**{**typed, "source_names": tuple(map(str, entry.get("source_names", [])))}))
    return tuple(specs)


def _rules(content: object, place: str) -> tuple[Rule, ...]:
    needed = ("code", "expression", "message")
    return tuple(Rule(**entry) for entry in strict.entries(content, _RULE, place=f"{place} 的 rules ", required=needed))


def _check_rules(contract: Contract, place: str) -> None:
    fields = {item.field: item.type.value for item in contract.items}
    for rule in contract.rules:
        try:
            parse(rule.expression, fields=fields)
        except ExpressionError as error:
            raise BadCityFile(f"{place} 的规则“{rule.code}”不能用:{error.sentence}") from error


def _indicator(path: Path) -> IndicatorSpec:
    place = f"indicators/{path.name}"
    entry = strict.checked(strict.read_yaml(path), _INDICATOR, place=place, required=("slug", "title", "tables"))
    query = path.with_suffix(".sql")
    if not query.is_file():
        raise BadCityFile(f"{place} 缺少同名的 {query.name}。")
    texts = {key: entry.get(key, "") for key in ("slug", "title", "unit", "description", "frequency")}
    return IndicatorSpec(
        **texts, tables=tuple(entry["tables"]), chart=entry.get("chart", "line"), sql=query.read_text("utf-8")
    )


def _check_references(city: City) -> None:
    if city.bureau not in {o.slug for o in city.organisations}:
        raise BadCityFile(f"city.yaml 的 bureau“{city.bureau}”不在 organisations.yaml 中。")
    tables = {r.contract.table for r in city.resources}
    for indicator in city.indicators:
        for table in indicator.tables:
            if table not in tables:
                raise BadCityFile(f"指标“{indicator.slug}”的数据表“{table}”没有对应的 resources/*.yaml。")
