"""Work orders: a finding becomes a task of who owns the cause, and closes only when the thing is measured well again."""
