"""Numbers of rows, with gaps where broken ones lie, and rows that are no rows because nothing is in them."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass
class Numbers:
    """Row numbers of a run of good rows with gaps where broken ones lie."""

    first: int
    gaps: list[int] = field(default_factory=list)

    def dense(self, count: int) -> pa.Int64Array:
        """The number of every row."""
        if not self.gaps:
            return pa.array(range(self.first, self.first + count), pa.int64())
        everything = np.arange(self.first, self.first + count + len(self.gaps), dtype=np.int64)
        return pa.array(everything[~np.isin(everything, self.gaps)][:count].tolist(), pa.int64())

    def array(self, count: int) -> pa.Int64Array | None:
        """The number of every row when there are gaps, else None."""
        return self.dense(count) if self.gaps else None

    def at(self, index: int) -> int:
        """The number of one row."""
        number = self.first + index
        for gap in self.gaps:
            if gap > number:
                break
            number += 1
        return number


def blank_rows(data: pa.RecordBatch) -> NDArray[np.bool_] | None:
    """Rows in which every cell is null; None when there are none."""
    columns = sorted(data.columns, key=lambda column: column.null_count)
    if not columns or columns[0].null_count == 0:
        return None
    found: NDArray[np.bool_] | None = None
    for column in columns:
        nulls = column.is_null().to_numpy(zero_copy_only=False)
        found = nulls if found is None else found & nulls
        if not found.any():
            return None
    return found
