"""Declared forms: what a module asks a person for, in steps, with drafts, checks and attachments."""
