"""Order of letters: any loss, doubling and disorder on the way, and each is done once, in order."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from suixin.data.sharing.cascade import rules

NUMBERS = st.integers(1, 30)


@given(st.integers(1, 30), st.lists(st.one_of(NUMBERS, st.none()), max_size=120))
def test_any_interleaving_delivers_each_letter_once_in_order(total, ways):
    """`ways`: letters that arrive, in any order, some never, some often; None: the sender sends again what is asked for."""
    received, held, done = 0, set[int](), list[int]()
    again = list(range(1, total + 1))
    for way in [*ways, *[None] * total]:
        coming = again if way is None else [way]
        for number in coming:
            if number <= total and number not in held and rules.is_takable(number, received):
                held.add(number)
        before, received = received, rules.contiguous(received, held)
        done.extend(range(before + 1, received + 1))
        again = rules.wanted(received, held) or list(range(received + 1, total + 1))
    assert done == list(range(1, total + 1))
    assert rules.wanted(received, held) == []


@given(st.sets(NUMBERS), st.integers(0, 30))
def test_wanted_is_exactly_what_lies_missing_below_the_highest(held, received):
    expected = [n for n in range(received + 1, max(held, default=0)) if n not in held]
    assert rules.wanted(received, held) == expected


@given(st.dictionaries(NUMBERS, st.sampled_from("ab")), st.dictionaries(NUMBERS, st.sampled_from("ab")))
def test_counts_agree_exactly_when_nothing_differs(sent, received):
    found = rules.difference(sent, received)
    counts = [rules.count((n, digest, 1) for n, digest in one.items()) for one in (sent, received)]
    assert found.is_none is (sent == received) is (counts[0].digest == counts[1].digest)
    assert set(found.missing) | set(found.beyond) | set(found.different) == {
        n for n in sent.keys() | received.keys() if sent.get(n) != received.get(n)
    }


@given(st.integers(0, 10_000))
def test_pause_grows_to_an_hour_and_no_further(failures):
    assert rules.FIRST_PAUSE <= rules.pause_after(failures) <= rules.pause_after(failures + 1) <= timedelta(hours=1)


def test_division_without_a_flow_is_told():
    assert rules.unreturned(["510903", "510904", "511000"], [["510900"], []]) == ["511000"]
