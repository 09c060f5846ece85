"""Readers: what arrives as a file becomes tables of cells, each still as it came.

    with open_file(path) as opened:
        for table in opened.tables:        # quality.source.SourceTable
            for batch in table.batches():  # a new pass each time, flat memory
"""

from suixin.data.collection.readers.errors import FileChanged, ReaderError, UnknownFormat, UnreadableFile
from suixin.data.collection.readers.opened import OpenedFile, Refusal, open_file

__all__ = ["FileChanged", "OpenedFile", "ReaderError", "Refusal", "UnknownFormat", "UnreadableFile", "open_file"]
