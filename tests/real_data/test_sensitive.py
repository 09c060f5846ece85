"""Personal columns in a file that nobody described: found, levelled, masked, and kept inside. Values are synthetic."""

from pathlib import Path

import pytest

from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests.factories import ASSESSED
from suixin.data.collection.actions import run_feed
from suixin.data.opening.actions import publish_dataset
from suixin.data.opening.errors import MayNotOpen
from suixin.kit.checksums import resident_id_check_char
from tests.cast import data_officer

SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", ("伟", "秀英", "敏", "静", "丽华")


def people(folder: Path) -> Path:
    """A file of forty synthetic persons, born in 18xx, so nobody's."""
    lines = ["姓名,身份证号,手机号,邮箱,金额"]
    for number in range(40):
        body = f"51090318{number % 90 + 10:02d}0{number % 9 + 1}1{number % 9 + 1}{number + 100:03d}"
        name = SURNAMES[number % 10] + GIVEN[number % 5]
        mobile = f"154{number:08d}"
        lines.append(f"{name},{body}{resident_id_check_char(body)},{mobile},p{number}@example.com,{number}.5")
    path = folder / "名单.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.usefixtures("city_lake")
def test_personal_columns_are_found_levelled_and_kept_inside(tmp_path: Path) -> None:
    [outcome] = run_feed(people(tmp_path), actor=data_officer, accept=ASSESSED)
    assert (outcome.status, outcome.accepted) == ("landed", 40)
    resource = Resource.objects.get()
    found = {item.name: (item.sensitive, int(item.level), bool(item.mask)) for item in resource.contract.items}
    assert found["姓名"] == ("person_name", 3, True)
    assert found["身份证号"] == ("resident_id", 4, True)
    assert found["手机号"] == ("mobile", 3, True)
    assert found["邮箱"][0] == "email"
    assert found["金额"] == ("", 1, False)
    assert (resource.level, resource.open_type) == (4, "withheld")
    with pytest.raises(MayNotOpen):
        publish_dataset(resource, actor=data_officer, reason="test")
