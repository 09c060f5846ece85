"""Government services: what the city does for residents and firms, from the item to the case."""
