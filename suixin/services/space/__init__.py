"""A resident's or firm's own pages: what is due, what departments wrote."""
