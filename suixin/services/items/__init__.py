"""Items and guides: what can be applied for, and what a guide says of it."""
