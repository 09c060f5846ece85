"""Audit: who did what to which object, on which basis, written in the transaction of the change itself."""
