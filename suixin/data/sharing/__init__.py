"""Sharing: one department asks for another's data and is granted some of it."""
