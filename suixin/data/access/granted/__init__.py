"""Granted rows at rest and what changed in them: tables of shares under `grants/` in the lake, change feeds of plans."""
