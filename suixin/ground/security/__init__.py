"""Security: what a role may do, how values are masked, where sensitive values hide."""
