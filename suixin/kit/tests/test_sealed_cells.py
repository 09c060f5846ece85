"""Columns sealed at once are standard SM4-GCM, value by value, and open to what they were."""

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from suixin.kit import sealed_cells

KEY = bytes(range(16))
TEXTS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=400), max_size=30)


def sealed(values, *, aad=b"t.f", version=3):
    """The values as a sealed column."""
    return sealed_cells.seal_column(pa.array(values, pa.string()), key=KEY, version=version, aad=aad)


def opened(column, *, aad=b"t.f", key=KEY):
    """The texts of a sealed column."""
    return sealed_cells.open_column(column, key_of=lambda _: key, aad=aad).cast(pa.string()).to_pylist()


@given(TEXTS)
def test_a_column_opens_to_what_was_sealed(values):
    assert opened(sealed(values)) == values


@given(TEXTS, st.binary(max_size=40))
def test_every_value_is_standard_sm4_gcm(values, aad):
    for value, cell in zip(values, sealed(values, aad=aad).to_pylist(), strict=True):
        if value is None:
            assert cell is None
            continue
        decryptor = Cipher(algorithms.SM4(KEY), modes.GCM(cell[3:15], cell[-16:])).decryptor()
        decryptor.authenticate_additional_data(aad)
        plain = decryptor.update(cell[15:-16]) + decryptor.finalize()
        assert plain == value.encode() + b"\x80" + bytes(-(len(value.encode()) + 1) % 16)


@given(st.lists(st.binary(max_size=600), min_size=1, max_size=20))
def test_values_sealed_one_by_one_open_as_a_column(values):
    one_by_one = [sealed_cells.seal_value(value, key=KEY, version=9, aad=b"x") for value in values]
    column = sealed_cells.open_column(pa.array(one_by_one, pa.binary()), key_of=lambda _: KEY, aad=b"x")
    assert column.to_pylist() == values
    assert [sealed_cells.open_value(one, key_of=lambda _: KEY, aad=b"x") for one in one_by_one] == values


def test_slices_and_long_values_open():
    values = ["短", None, "长" * 1_700_000, "", "x" * 255, "x" * 256]
    column = sealed(values)
    assert opened(column) == values
    assert opened(column.slice(2, 3)) == values[2:5]
    assert opened(sealed([])) == []


@pytest.mark.parametrize("place", [3, 20, 40])
def test_a_changed_byte_is_found(place):
    cell = bytearray(sealed(["张三丰"] * 2)[1].as_py())
    cell[place] ^= 1
    with pytest.raises(sealed_cells.Altered):
        opened(pa.array([bytes(cell)], pa.binary()))


def test_another_place_or_key_does_not_open():
    for wrong in ({"aad": b"t.g"}, {"key": bytes(16)}):
        with pytest.raises(sealed_cells.Altered):
            opened(sealed(["张三丰"]), **wrong)


def test_what_is_not_sealed_is_told_apart():
    for wrong in (b"", b"510903199001011234", b"\xe5" * 46, b"\x00" * 64):
        with pytest.raises(sealed_cells.NotSealed):
            opened(pa.array([wrong], pa.binary()))
        assert not sealed_cells.is_sealed(wrong)


def test_the_version_stands_in_front_and_asks_for_its_key():
    column = pa.concat_arrays([sealed(["a"], version=1), sealed(["b"], version=513)])
    keys = {1: KEY, 513: KEY}
    assert sealed_cells.open_column(column, key_of=keys.__getitem__, aad=b"t.f").to_pylist() == [b"a", b"b"]
    assert column[1].as_py()[:3] == sealed_cells.head_of(513)


def test_equal_values_are_sealed_differently_and_length_shows_in_steps_only():
    cells = sealed(["是", "是", "不是", "true", "false"]).to_pylist()
    assert len(set(cells)) == 5
    assert len({len(cell) for cell in cells}) == 1
