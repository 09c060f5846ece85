"""The table that a contract describes, for other tools: Frictionless Table Schema, and SQL DDL for departments' front databases.

Types are mapped once, here; `item_type_of` reads a field of a schema back to the type letter that it came from.
"""

from collections.abc import Mapping
from typing import Any  # Any: parts of a JSON document

from sqlglot import exp

from suixin.data.catalog.bounds import NONE, Bounds, bounds_of, text_of
from suixin.data.catalog.coding import choices_of
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.generators.sentences import protection_of, sentences_of

Json = dict[str, Any]
DIALECTS: Mapping[str, str] = {"postgres": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}
MANY = 2_000  # an enumeration longer than that is told by the name of its code set alone
_LONGEST_VARCHAR = 4_000
_TYPES = {
    ItemType.TEXT: "string", ItemType.MEMO: "string", ItemType.GEOMETRY: "string", ItemType.NUMBER: "number",
    ItemType.MONEY: "number", ItemType.DOUBLE: "number", ItemType.FLOAT: "number", ItemType.INTEGER: "integer",
    ItemType.BOOLEAN: "boolean", ItemType.DATE: "date", ItemType.DATETIME: "datetime",
}
_FORMATS = {ItemType.DATE: "%Y-%m-%d", ItemType.DATETIME: "%Y-%m-%d %H:%M:%S"}


def schema(contract: Contract) -> Json:
    """Frictionless Table Schema of the rows as they are handed in."""
    bounds = bounds_of(contract)
    made: Json = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json", "name": contract.table, "title": contract.title,
        "fields": [_field(item, bounds.get(item.field, NONE)) for item in contract.items], "missingValues": [""],
        "x-resource": contract.code, "x-version": contract.version,
    }
    if contract.key:
        made["primaryKey"] = list(contract.key)
    if contract.rules:
        made["x-rules"] = [
            {name: told for name, told in rule.as_json.items() if name not in ("dimension", "template")} for rule in contract.rules
        ]
    return made


def item_type_of(field: Mapping[str, Any]) -> ItemType:
    """The type letter of a field of `schema`."""
    return ItemType(field["x-type"])


def ddl(contract: Contract, dialect: str) -> str:
    """CREATE TABLE with comments in the dialect (DIALECTS), every name quoted."""
    names = [exp.ColumnDef(this=_name(item.field), kind=_sql_type(item, dialect), constraints=_constraints(item, dialect))
             for item in contract.items]
    key = [exp.PrimaryKey(expressions=[_name(field) for field in contract.key])] if contract.key else []
    table = exp.Table(this=_name(contract.table))
    create = exp.Create(this=exp.Schema(this=table, expressions=[*names, *key]), kind="TABLE", exists=True)
    head = f"-- {_line(contract.title)}（{contract.code}，目录版本 {contract.version}），{DIALECTS[dialect]}\n"
    body = create.sql(dialect=dialect, pretty=True) if contract.items else "-- 还没有信息项，没有表可建"
    return head + body + (";\n" if contract.items else "\n") + "".join(_comments(contract, dialect))


def _field(item: ItemSpec, bounds: Bounds) -> Json:
    made: Json = {"name": item.field, "title": item.name, "type": _TYPES[item.type], "x-type": item.type.value}
    told = "；".join(one for one in (*sentences_of(item, bounds), protection_of(item), item.description) if one)
    made["description"] = told
    if item.type in _FORMATS:
        made["format"] = _FORMATS[item.type]
    if item.type is ItemType.BOOLEAN:
        made |= {"trueValues": ["是", "true", "1"], "falseValues": ["否", "false", "0"]}
    made |= {"x-code-set": item.code_set} if item.code_set else {}
    made |= {"x-unit": item.unit} if item.unit else {}
    constraints = _limits(item, bounds)
    return made | ({"constraints": constraints} if constraints else {})


def _limits(item: ItemSpec, bounds: Bounds) -> Json:
    made: Json = {"required": True} if item.is_key or not item.nullable else {}
    if item.length and item.type in (ItemType.TEXT, ItemType.MEMO):
        made["maxLength"] = item.length
    choices = choices_of(item)
    if choices and len(choices) <= MANY and item.type is ItemType.TEXT:
        made["enum"] = list(choices)
    for name, bound, is_open in (("minimum", bounds.least, bounds.is_above), ("maximum", bounds.most, bounds.is_below)):
        if bound is not None:
            made[f"exclusive{name.capitalize()}" if is_open else name] = bound if isinstance(bound, int | float) else text_of(bound)
    return made


def _sql_type(item: ItemSpec, dialect: str) -> exp.DataType:
    match item.type:
        case ItemType.TEXT:
            text = f"VARCHAR({item.length})" if item.length and item.length <= _LONGEST_VARCHAR else _unsized(item, dialect)
        case ItemType.NUMBER | ItemType.MONEY:
            kind = item.arrow_type
            if dialect == "sqlite":  # REAL, which sqlglot would say, keeps 15 digits
                return exp.DataType(this=exp.DataType.Type.USERDEFINED, kind="NUMERIC")
            text = f"DECIMAL({getattr(kind, 'precision', 18)}, {getattr(kind, 'scale', 0)})"
        case ItemType.DATETIME:
            text = {"postgres": "TIMESTAMPTZ", "mysql": "DATETIME"}.get(dialect, "TEXT")
        case ItemType.DATE:
            text = "TEXT" if dialect == "sqlite" else "DATE"
        case ItemType.INTEGER:
            text = "BIGINT"
        case ItemType.BOOLEAN:
            text = "BOOLEAN"
        case ItemType.DOUBLE | ItemType.FLOAT:
            text = "DOUBLE"
        case _:
            text = "TEXT"
    return exp.DataType.build(text, dialect="mysql" if text == "DATETIME" else "postgres")


def _unsized(item: ItemSpec, dialect: str) -> str:
    """A key of MySQL needs a length."""
    return "VARCHAR(191)" if item.is_key and dialect == "mysql" else "TEXT"


def _constraints(item: ItemSpec, dialect: str) -> list[exp.ColumnConstraint]:
    made = [exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())] if item.is_key or not item.nullable else []
    if dialect == "mysql":
        made.append(exp.ColumnConstraint(kind=exp.CommentColumnConstraint(this=exp.Literal.string(_line(item.name)))))
    return made


def _comments(contract: Contract, dialect: str) -> list[str]:
    if dialect != "postgres" or not contract.items:
        return []
    table = exp.Table(this=_name(contract.table))
    told = [exp.Comment(this=table, kind="TABLE", expression=exp.Literal.string(_line(contract.title)))]
    told += [
        exp.Comment(this=exp.Column(this=_name(item.field), table=_name(contract.table)), kind="COLUMN",
                    expression=exp.Literal.string(_line(item.name)))
        for item in contract.items
    ]
    return [f"{one.sql(dialect=dialect)};\n" for one in told]


def _name(text: str) -> exp.Identifier:
    return exp.to_identifier(text, quoted=True)


def _line(text: str) -> str:
    """One line: nothing ends a comment."""
    return " ".join(text.split())
