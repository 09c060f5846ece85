"""Registries and clocks."""

import pytest

from suixin.kit.errors import NotFound
from suixin.kit.registry import Registry


def test_entries_keep_their_order_and_are_given_once() -> None:
    panels: Registry[int] = Registry("面板")
    panels.register("b", 2)
    panels.register("a", 1)
    assert (list(panels), panels.names(), "a" in panels, len(panels)) == ([2, 1], ("b", "a"), True, 2)
    with pytest.raises(ValueError, match="twice"):
        panels.register("a", 3)
    with pytest.raises(NotFound, match="面板"):
        panels.get("c")
