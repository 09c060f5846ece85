"""A stream ends well whoever leaves first, and its slot comes back."""

import threading

import pytest

from suixin.data.doors.downloads import streaming
from suixin.data.doors.errors import TooBusy


def test_bytes_arrive_whole():
    def write(path):
        path.write_bytes(b"x" * 1_000_000)

    assert b"".join(streaming.stream(write, head=b"h")) == b"h" + b"x" * 1_000_000


def test_reader_that_leaves_at_once_frees_slot_and_writer():
    may_open = threading.Event()

    def write(path):
        may_open.wait(10)
        path.write_bytes(b"x" * 1_000_000)

    for _ in range(streaming.SLOTS + 1):
        opened = streaming.stream(write)
        may_open.set()
        opened.close()


def test_failing_writer_breaks_the_answer_off():
    def write(path):
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        list(streaming.stream(write))


def test_too_many_streams_are_refused():
    held = [streaming.stream(lambda path: None) for _ in range(streaming.SLOTS)]
    with pytest.raises(TooBusy):
        streaming.stream(lambda path: None)
    for one in held:
        one.close()
