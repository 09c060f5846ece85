"""Signed exchange between instances and with receivers: who the peers are, and packages that only they can open."""
