"""One full-text index for catalogue, portal and guides."""
