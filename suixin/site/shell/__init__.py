"""Pages for people: the portal, the console, and what both are built from."""
