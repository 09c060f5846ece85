"""What a reader will take at most; above it a file is refused, or a row broken, with a sentence.

Source of every figure: our choice; each protects memory or disk of a small node.
"""

MIB = 1024 * 1024

BATCH_ROWS = 131_072
"""Rows of one Arrow batch, about; a batch also ends at BATCH_BYTES."""
BATCH_BYTES = 64 * MIB

MAX_CELL_BYTES = 16 * MIB
"""A cell or a row above this makes a broken row."""
MAX_COLUMNS = 4_096
MAX_QUOTED_LINES = 10_000
"""A quote that is not closed within so many lines was no quote."""
MAX_BROKEN_TEXT = 64 * 1024
"""Characters of the original text that a broken row keeps."""

MAX_UNCOMPRESSED_BYTES = 16 * 1024 * MIB
MAX_RATIO = 400
"""Uncompressed over compressed, once RATIO_FROM_BYTES came out: no honest table packs better."""
RATIO_FROM_BYTES = 16 * MIB
MAX_MEMBERS = 2_000
MAX_DEPTH = 2
"""Archives inside archives."""

MAX_WORKBOOK_BYTES = 1024 * MIB
"""Uncompressed size of an XLSX, which is read whole."""
MAX_CELLS = 60_000_000
"""Rows times columns up to the last cell of an XLSX sheet: calamine makes room for all of them, some 30 bytes each."""
MAX_JSON_BYTES = 512 * MIB
"""JSON that is one value is read whole; JSON lines have no limit."""
MAX_TABLES = 2_000
