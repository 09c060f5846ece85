"""Second factors: authenticator codes (totp), passkeys, recovery codes; who needs one (needs)."""
