"""What we measure ourselves against; each runs as a process of its own."""
