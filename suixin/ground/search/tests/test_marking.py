"""What is marked: pieces are the text, in order; a page of documents is marked as each of them alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.ground.search.asking import question
from suixin.ground.search.marking import Piece, matching, matching_items, pieces

TEXTS = st.text(alphabet="公交线路银行航水库PM2.5年报|İ ü重庆", max_size=24)
ASKED = st.sampled_from(["公交", "公交 银行", "gongjiaoxianlu", "yinhang", "gjxl", "银航", "路线", "公交线路年报", "pm2.5", ""])


@given(TEXTS, ASKED)
def test_pieces_are_the_text_and_no_two_neighbours_are_alike(text: str, asked: str) -> None:
    found = pieces(text, question(asked))
    assert "".join(piece.text for piece in found) == text
    assert all(piece.text for piece in found)
    assert all(first.is_marked != second.is_marked for first, second in pairwise(found))


@given(st.lists(st.lists(st.sampled_from(["公交线路", "银行", "水库水位", "f1", "重庆"]), unique=True, min_size=1), max_size=6), ASKED)
def test_items_of_a_page_are_marked_as_those_of_each_document(names: list[list[str]], asked: str) -> None:
    lines = [f"|{'|'.join(one)}|" for one in names]
    assert matching_items(lines, question(asked)) == [matching(one, question(asked)) for one in names]


@pytest.mark.parametrize(("text", "asked", "marked"), [
    ("公交线路信息", "公交 线路", ["公交线路"]), ("公交线路信息", "xianlu", ["线路"]), ("公交线路信息", "gjxl", ["公交线路"]),
    ("重庆银行名录", "银航", ["银行"]), ("水库水位", "水库水位", ["水库水位"]), ("公交线路", "水库", []),
])
def test_what_answers_is_marked(text: str, asked: str, marked: list[str]) -> None:
    assert [piece.text for piece in pieces(text, question(asked)) if piece.is_marked] == marked


def test_names_that_answer_stand_in_one_line_up_to_the_limit() -> None:
    found = matching(["站点", "线路名称", "长度", "线路长", "线路图"], question("线路"), limit=2)
    assert found == [Piece("线路", is_marked=True), Piece("名称", is_marked=False), Piece("、", is_marked=False),
                     Piece("线路", is_marked=True), Piece("长", is_marked=False)]
