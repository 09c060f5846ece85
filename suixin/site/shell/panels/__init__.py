"""Panels of an entity page: each module shows its part of a resource in one file, the page is composed of what is registered.

registry.py   `Panel`, `register`, `composed`; whoever adds one writes a file here and names it in `declare`
Places        CONSOLE `/console/resources/<table>/` for staff, PORTAL `/catalogue/<table>` for everybody
"""

from suixin.site.shell.panels import (
    catalogue,
    collection,
    contract,
    embedding,
    flow,
    lineage,
    opening,
    quality,
    reading,
    retention,
)
from suixin.site.shell.panels.registry import register


def declare() -> None:
    """Make every panel known; harmless when called again."""
    for module in (catalogue, contract, collection, quality, reading, lineage, opening, flow, embedding, retention):
        for panel in module.PANELS:
            register(panel)
