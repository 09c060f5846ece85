"""Everything that a contract generates, by name: for the page, the command and whoever else asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.generators import dictionary, openapi_of, sample_files, table_schema, xlsx_template
from suixin.data.catalog.generators.facts import Doors, Facts

SAMPLES = 20
Maker = Callable[[Contract, Facts, Doors], bytes]


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file: `name` within addresses, `media_type`, and how it is made."""

    name: str
    media_type: str
    make: Maker
    is_simulated: bool = False

    def file_name(self, contract: Contract) -> str:
        """What it is called when it is kept."""
        return f"{contract.table}-{'模拟数据-' if self.is_simulated else ''}{self.name}"


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _ddl(dialect: str) -> Maker:
    return lambda contract, *_: table_schema.ddl(contract, dialect).encode()


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SQL = "application/sql; charset=utf-8"
_ALL = (
    Artefact("template.xlsx", _XLSX, lambda contract, facts, _: xlsx_template.template(contract, facts)),
    Artefact("dictionary.docx", _DOCX, lambda contract, facts, _: dictionary.docx(contract, facts)),
    Artefact("dictionary.pdf", "application/pdf", lambda contract, facts, _: dictionary.pdf(contract, facts)),
    Artefact("schema.json", "application/json", lambda contract, *_: _json(table_schema.schema(contract))),
    Artefact("postgres.sql", _SQL, _ddl("postgres")),
    Artefact("mysql.sql", _SQL, _ddl("mysql")),
    Artefact("sqlite.sql", _SQL, _ddl("sqlite")),
    Artefact("openapi.json", "application/json", lambda contract, facts, doors: _json(openapi_of.document(contract, facts, doors))),
    Artefact("samples.csv", "text/csv; charset=utf-8", lambda contract, *_: sample_files.csv_of(contract, SAMPLES), is_simulated=True),
    Artefact("samples.json", "application/json", lambda contract, *_: sample_files.json_of(contract, SAMPLES), is_simulated=True),
    Artefact("samples.xlsx", _XLSX, lambda contract, *_: sample_files.xlsx_of(contract, SAMPLES), is_simulated=True),
)
ARTEFACTS: Mapping[str, Artefact] = {one.name: one for one in _ALL}
