"""GB/T 21063.3-2007: the twelve core metadata of an entry as XML, out and in, without loss.

Elements  the short names of the standard (resTitle, pubDate, abstract, idPoC, descKeys, tpCat, onLineSrc, resID, servInfo,
          mdId, mdContact, mdDateUpd), one `metadata` each inside `metadataSet`
Beyond    `content` holds the whole entry in our own namespace (content_xml.py); readers of the standard pass over it
Reading   pubDate and descKeys may be absent (the standard and its implementations disagree on them); entities, external
          ones above all, are refused
Source    standards/data.md 1.10
"""

import codecs
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any  # contents are JSON
from xml.etree import ElementTree as ET

from suixin.data.catalog.errors import BadWorkbook
from suixin.data.catalog.exchange import content_xml

NAMESPACE = "urn:cn:gb:t:21063.3:2007"
_Q = f"{{{NAMESPACE}}}"
MAX_BYTES = 40 << 20


@dataclass(frozen=True, slots=True)
class Contact:
    """A party: its organisation and address."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class CategoryMark:
    """One classification: how, the category's name and code."""

    standard: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class CoreRecord:
    """The twelve core metadata."""

    title: str
    abstract: str
    contacts: tuple[Contact, ...]
    categories: tuple[CategoryMark, ...]
    identifier: str
    metadata_identifier: str
    published_on: date | None = None
    keywords: tuple[str, ...] = ()
    thesaurus: str = ""
    links: tuple[str, ...] = ()
    service_url: str = ""
    service_type: str = ""
    metadata_contacts: tuple[Contact, ...] = ()
    metadata_updated_on: date | None = None
    content: Mapping[str, Any] | None = None  # canonical, JSON


def to_xml(records: Iterable[CoreRecord]) -> bytes:
    """The records as one document."""
    ET.register_namespace("", NAMESPACE)
    ET.register_namespace("sx", content_xml.NAMESPACE)
    root = ET.Element(f"{_Q}metadataSet")
    for record in records:
        root.append(_element(record))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def from_xml(content: bytes) -> list[CoreRecord]:
    """The records of a document. Raises BadWorkbook, naming the record and the element."""
    text = _decoded(content) if len(content) <= MAX_BYTES else ""
    if not text or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadWorkbook("XML 文件过大、是空的，或含有文档类型声明、实体；请去掉 DOCTYPE 再导入。")
    try:
        root = ET.fromstring(text)  # noqa: S314  # no document type, so no entity to expand; text is parsed as it was looked at
    except ET.ParseError as error:
        raise BadWorkbook(f"XML 文件读不出来：第 {error.position[0]} 行有语法错误；请改正后再导入。") from error
    if root.tag not in (f"{_Q}metadataSet", "metadataSet"):
        raise BadWorkbook("XML 的根元素应为 metadataSet（GB/T 21063.3）；请核对来源系统的导出格式。")
    return [_record(element, number) for number, element in enumerate(root, 1)]


def _decoded(content: bytes) -> str:
    """The text, decoded here: the parser would follow the encoding that the document declares, past what is looked for."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise BadWorkbook("XML 文件的编码读不出来；请另存为 UTF-8 再导入。")


def _element(record: CoreRecord) -> ET.Element:
    found = ET.Element(f"{_Q}metadata")
    _text(found, "resTitle", record.title)
    _text(found, "pubDate", record.published_on.isoformat() if record.published_on else "")
    _text(found, "abstract", record.abstract)
    for contact in record.contacts:
        _contact(found, "idPoC", contact)
    if record.keywords:
        keys = ET.SubElement(found, f"{_Q}descKeys")
        for word in record.keywords:
            _text(keys, "keyword", word)
        _text(keys, "thesaName", record.thesaurus)
    for one in record.categories:
        category = ET.SubElement(found, f"{_Q}tpCat")
        for name, value in (("cateStd", one.standard), ("cateName", one.name), ("cateCode", one.code)):
            _text(category, name, value)
    for link in record.links:
        _text(found, "onLineSrc", link)
    _text(found, "resID", record.identifier)
    if record.service_url:
        service = ET.SubElement(found, f"{_Q}servInfo")
        _text(service, "servURL", record.service_url)
        _text(service, "servType", record.service_type)
    _text(found, "mdId", record.metadata_identifier)
    for contact in record.metadata_contacts:
        _contact(found, "mdContact", contact)
    _text(found, "mdDateUpd", record.metadata_updated_on.isoformat() if record.metadata_updated_on else "")
    if record.content is not None:
        found.append(content_xml.element_of(record.content))
    return found


def _contact(parent: ET.Element, name: str, contact: Contact) -> None:
    made = ET.SubElement(parent, f"{_Q}{name}")
    _text(made, "rpOrgName", contact.name)
    _text(made, "cntAdd", contact.address)


def _text(parent: ET.Element, name: str, text: str) -> None:
    if text:
        ET.SubElement(parent, f"{_Q}{name}").text = content_xml.clean(text)


class _Reader:
    """Texts of one element by short name, with or without the namespace; what is missing is told by record and name."""

    def __init__(self, element: ET.Element, number: int) -> None:
        self.element, self.number = element, number

    def all(self, name: str) -> Sequence[ET.Element]:
        return [one for one in self.element if one.tag in (f"{_Q}{name}", name)]

    def text(self, name: str, *, is_required: bool = False) -> str:
        found = next((one.text or "" for one in self.all(name)), "")
        if is_required and not found.strip():
            raise BadWorkbook(f"第 {self.number} 条元数据缺少 {name}；请在来源系统补上再导入。")
        return found

    def inner(self, name: str) -> Iterator["_Reader"]:
        return (_Reader(one, self.number) for one in self.all(name))

    def day(self, name: str) -> date | None:
        text = self.text(name).strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise BadWorkbook(f"第 {self.number} 条元数据的 {name} 应为 CCYY-MM-DD，现为“{text[:20]}”；请改正再导入。") from None


def _record(element: ET.Element, number: int) -> CoreRecord:
    read = _Reader(element, number)
    keys, service = next(read.inner("descKeys"), None), next(read.inner("servInfo"), None)
    contacts = tuple(_contact_of(one) for one in read.inner("idPoC"))
    categories = tuple(
        CategoryMark(one.text("cateStd"), one.text("cateName"), one.text("cateCode", is_required=True)) for one in read.inner("tpCat")
    )
    if not contacts or not categories:
        raise BadWorkbook(f"第 {number} 条元数据缺少 {'idPoC' if not contacts else 'tpCat'}；请在来源系统补上再导入。")
    return CoreRecord(
        read.text("resTitle", is_required=True), read.text("abstract", is_required=True), contacts, categories,
        read.text("resID", is_required=True), read.text("mdId", is_required=True), read.day("pubDate"),
        tuple(one.text or "" for one in keys.all("keyword")) if keys else (), keys.text("thesaName") if keys else "",
        tuple(one.text or "" for one in read.all("onLineSrc")), service.text("servURL") if service else "",
        service.text("servType") if service else "", tuple(_contact_of(one) for one in read.inner("mdContact")), read.day("mdDateUpd"),
        _content_of(element),
    )


def _content_of(element: ET.Element) -> Mapping[str, Any] | None:  # JSON
    found = element.find(content_xml.TAG)
    value = content_xml.value_of(found) if found is not None else None
    return value if isinstance(value, Mapping) else None


def _contact_of(read: _Reader) -> Contact:
    return Contact(read.text("rpOrgName", is_required=True), read.text("cntAdd"))
