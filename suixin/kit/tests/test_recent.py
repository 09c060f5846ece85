"""Late answers: known while they are light enough, the least used gone first."""

from suixin.kit.recent import Recent


def test_least_used_go_when_the_answers_weigh_too_much() -> None:
    late = Recent[str, bytes](5, len)
    late.remember("a", b"11")
    late.remember("b", b"22")
    assert late.recall("a") == b"11"
    late.remember("c", b"33")
    assert [late.recall(one) for one in "abc"] == [b"11", None, b"33"]


def test_answer_told_again_weighs_once_and_one_too_heavy_is_not_kept() -> None:
    late = Recent[str, bytes](5, len)
    for _ in range(9):
        late.remember("a", b"111")
    late.remember("b", b"22")
    assert [late.recall(one) for one in "ab"] == [b"111", b"22"]
    late.remember("c", b"333333")
    assert late.recall("c") is None
    late.remember("d", b"44444")
    assert late.recall("d") == b"44444"
    late.forget()
    assert late.recall("d") is None
    late.remember("d", b"44444")
    assert late.recall("d") == b"44444"
