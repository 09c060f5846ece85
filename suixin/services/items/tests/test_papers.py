"""Forms and samples: whose file a draft may name, what a version keeps, what is made where nothing was uploaded."""

from datetime import timedelta

import pytest

from suixin.data.catalog.tests import offices
from suixin.ground.files.tests.factories import PDF, upload
from suixin.ground.forms.declaration import FieldType
from suixin.ground.people.tests.factories import tree
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.checksums import has_resident_check_char, is_uscc
from suixin.services.items import actions, blanks, filed, papers
from suixin.services.items.errors import InvalidItem, UnknownItem
from suixin.services.items.models import Item
from suixin.services.items.stated import rows_of
from suixin.services.items.tests import factories


def with_file(item: Item, uuid: str) -> dict[str, object]:
    rows = rows_of(item.content, "materials")
    return {**item.content, "materials": [{**rows[0], "form_file": uuid}, *rows[1:]]}


@pytest.mark.any_database
def test_columns_of_a_form_are_typed_by_how_they_end_and_filled_with_numbers_of_nobody() -> None:
    fields = blanks.of_columns("委托人姓名；委托人身份证号; 单位信用代码；起始日期；住所地址；委托事项")
    kinds = [FieldType.TEXT, FieldType.RESIDENT_ID, FieldType.CREDIT_CODE, FieldType.DATE, FieldType.TEXT, FieldType.LONG_TEXT]
    assert [one.type for one in fields] == kinds
    values = list(blanks.values_of(fields).values())
    assert values == list(blanks.values_of(fields).values())
    assert (has_resident_check_char(values[1]), values[1][:6], is_uscc(values[2])) == (True, "519999", True)
    assert (values[4], values[5]) == ("示例市示例区示例路 1 号", blanks.BY_HAND)


@pytest.mark.django_db
def test_form_is_made_from_the_questions_of_its_version_and_nothing_is_made_without() -> None:
    version = factories.published(tree().department).versions.get()
    assert papers.offered(version) == {1: [("form", "SQB-01")]}
    paper = papers.paper_of(version, 1, "form")
    assert (paper.name, paper.media_type, paper.content()[:2]) == ("SQB-01.docx", papers.DOCX, b"PK")
    assert papers.paper_of(version, 1, "form").tag == paper.tag
    for number, kind in ((3, "sample"), (1, "sample"), (9, "form"), (1, "nonsense")):
        with pytest.raises(UnknownItem):
            papers.paper_of(version, number, kind)


@pytest.mark.django_db
def test_draft_names_only_files_of_its_own_and_each_version_keeps_its_file() -> None:
    office = offices.office()
    item = factories.published(office.city.department)
    first = filed.upload(item, upload(PDF, "表一.pdf"), actor=office.clerk)
    stranger = filed.upload(item, upload(PDF, "别人的.pdf"), actor=office.officer)
    with pytest.raises(InvalidItem, match="不是这个事项的"):
        actions.revise_item(item, with_file(item, stranger), actor=office.clerk)
    with pytest.raises(InvalidItem, match="不能填写文字"):
        actions.revise_item(item, with_file(item, "../../etc/passwd"), actor=office.clerk)
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        actions.revise_item(item, with_file(item, first), actor=office.clerk)
        uploaded = actions.publish_item(item, actor=SYSTEM, reason="新表")
    second = filed.upload(item, upload(b"%PDF-1.7 other\n%%EOF", "表二.pdf"), actor=office.officer)
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        actions.revise_item(item, with_file(item, second), actor=office.officer)
        actions.publish_item(item, actor=SYSTEM, reason="又新表")
    assert (papers.paper_of(uploaded, 1, "form").name, papers.paper_of(uploaded, 1, "form").content()) == ("表一.pdf", PDF)
    assert papers.paper_of(item.versions.latest("number"), 1, "form").name == "表二.pdf"
