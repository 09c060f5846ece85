"""Duplicate radar (一数一源): which items of different departments hold the same thing, and who is the source."""
