"""The catalogue: entries, items, contracts, resource codes."""
