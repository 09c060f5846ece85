"""Rows at rest: every batch that ever landed, immutable, addressed by (table, version)."""
