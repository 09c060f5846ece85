"""A real OpenID Connect provider (django-oauth-toolkit) as a process of its own, and what residents do with it."""
