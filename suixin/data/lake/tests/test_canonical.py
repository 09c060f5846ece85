"""The canonical form: the same values are the same bytes however they came, other values are others."""

import struct
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.data.lake import canonical
from suixin.data.lake.canonical import Column, LeafSeries

SALT = bytes(range(32))
CALM = settings(deadline=None, max_examples=60)
KINDS = {
    "text": st.text(max_size=12),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=True),
    "date": st.dates(),
    "datetime": st.datetimes(timezones=st.just(UTC)),
    "boolean": st.booleans(),
    "decimal(30,2)": st.integers(-(10**28), 10**28).map(lambda n: Decimal(n).scaleb(-2)),
}
COLUMNS = tuple(Column(f"f{n}", f"项{n}", kind) for n, kind in enumerate(KINDS))
ROWS = st.lists(st.tuples(*(st.none() | values for values in KINDS.values())), max_size=20)


def _table(rows):
    columns = [pa.array([row[n] for row in rows], column.arrow_type) for n, column in enumerate(COLUMNS)]
    return pa.table(columns, names=[column.field for column in COLUMNS])


def _root(table, *, piece=10_000, salt=SALT, columns=COLUMNS):
    series = LeafSeries(columns, salt)
    for start in range(0, table.num_rows, piece):
        series.add(table.slice(start, piece))
    return series.finish().root


def _plain(value):
    """A value as the form tells it apart: one NaN, one zero."""
    return repr(value + 0.0) if isinstance(value, float) else value


@CALM
@given(ROWS, st.integers(1, 7))
def test_pieces_do_not_matter(rows, piece):
    assert _root(_table(rows), piece=piece) == _root(_table(rows))


@CALM
@given(ROWS, ROWS)
def test_roots_are_the_same_exactly_when_the_rows_are(one, other):
    is_same = [list(map(_plain, row)) for row in one] == [list(map(_plain, row)) for row in other]
    assert (_root(_table(one)) == _root(_table(other))) == is_same


@CALM
@given(ROWS.filter(bool), st.data())
def test_one_other_value_is_another_root(rows, data):
    row, column = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, len(KINDS) - 1))
    value = data.draw(st.none() | list(KINDS.values())[column])
    changed = [list(one) for one in rows]
    is_same = _plain(changed[row][column]) == _plain(value)
    changed[row][column] = value
    assert (_root(_table(changed)) == _root(_table(rows))) == is_same


@CALM
@given(ROWS)
def test_texts_are_read_back_exactly(rows):
    table = _table(rows)
    for column in COLUMNS:
        texts = pa.array(canonical.texts_of(column, table.column(column.field)), pa.string())
        back = canonical.from_texts(column, texts)
        assert canonical.column_digest(column, back, SALT) == canonical.column_digest(column, table.column(column.field), SALT)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 3 * canonical.CHUNK_ROWS), st.integers(1, 5000))
def test_chunks_are_cut_alike_whatever_the_pieces(count, piece):
    column = (Column("n", "数", "integer"),)
    table = pa.table({"n": pa.array(range(count), pa.int64())})
    series = LeafSeries(column, SALT)
    for start in range(0, count, piece):
        series.add(table.slice(start, piece))
    leaves = series.finish()
    assert (leaves.rows, len(leaves.digests)) == (count, -(-count // canonical.CHUNK_ROWS))
    assert leaves.root == _root(table, columns=column)


def test_nan_is_one_and_zero_has_no_sign():
    def bytes_of(value):
        return b"".join(canonical.encoded(Column("x", "x", "double"), pa.array([value])))

    odd = struct.unpack("<d", struct.pack("<Q", 0xFFF8000000000001))[0]
    assert bytes_of(float("nan")) == bytes_of(odd)
    assert bytes_of(-0.0) == bytes_of(0.0)
    assert bytes_of(-1.0) != bytes_of(1.0)


@pytest.mark.parametrize(("values", "width"), [([0, 127], 1), ([-129], 2), ([40_000], 4), ([2**40], 8), ([], 1)])
def test_whole_numbers_take_the_least_width_that_holds_all(values, width):
    whole = b"".join(canonical.encoded(Column("x", "x", "integer"), pa.array(values, pa.int64())))
    assert whole[8] == width
    assert len(whole) == 9 + width * len(values)


def test_the_form_is_the_documented_one():
    day = pa.array([date(1970, 1, 2), None], pa.date32())
    assert b"".join(canonical.encoded(Column("d", "d", "date"), day)) == struct.pack("<II", 2, 1) + b"\x01" + b"\x01\x01"
    text = pa.array(["遂", "", None])
    assert b"".join(canonical.encoded(Column("t", "t", "text"), text)) == struct.pack("<II", 3, 2) + b"\x03\x01\x03\x00" + "遂".encode()


def test_another_salt_is_another_root():
    table = _table([("a", 1, 1.0, date(2020, 1, 1), datetime(2020, 1, 1, tzinfo=UTC), True, Decimal(1))])
    assert _root(table) != _root(table, salt=bytes(32))
    one, other = canonical.salt_of(SALT, 0, 1), canonical.salt_of(SALT, 0, 2)
    assert one != other


def test_names_and_kinds_are_part_of_the_root():
    table = pa.table({"a": pa.array([1], pa.int64())})
    other = table.rename_columns(["b"])
    assert _root(table, columns=(Column("a", "甲", "integer"),)) != _root(other, columns=(Column("b", "甲", "integer"),))
