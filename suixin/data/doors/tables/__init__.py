"""Table exchange: rows of a grant into a table of the receiver's own database, whole or what changed, exactly once."""
