"""Opening: which resources are public, and what the public sees of them."""
