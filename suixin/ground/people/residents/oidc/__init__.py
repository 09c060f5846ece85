"""The OpenID Connect client: which providers there are, and what they prove about a person."""
