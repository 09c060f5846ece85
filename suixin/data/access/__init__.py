"""Who may read which columns of which rows: one grant, one plan, every door."""
