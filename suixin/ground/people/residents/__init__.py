"""Residents and firms: a population of its own, signed in by an identity provider, never by a staff account."""
