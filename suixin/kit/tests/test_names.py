"""Names made from names."""

from hypothesis import given
from hypothesis import strategies as st

from suixin.kit.names import SLUG_LENGTH, pinyin_initials, slugify, unique


def test_chinese_becomes_pinyin() -> None:
    assert pinyin_initials("公民身份号码") == "gmsfhm"
    assert slugify("遂宁市 PM2.5 数据") == "sui-ning-shi-pm2-5-shu-ju"


def test_headers_become_unique() -> None:
    assert unique(["a", "A", "", "a_2"]) == ["a", "A_2", "列3", "a_2_2"]


@given(st.text(max_size=200))
def test_slugs_are_short_ascii(text: str) -> None:
    slug = slugify(text)
    assert 0 < len(slug) <= SLUG_LENGTH
    assert slug.isascii()
    assert slug == slug.lower()
    assert " " not in slug


@given(st.lists(st.text(max_size=4)))
def test_unique_headers_never_repeat(names: list[str]) -> None:
    result = unique(names)
    assert len({name.casefold() for name in result}) == len(names)
    assert all(result)
