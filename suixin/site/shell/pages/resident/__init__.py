"""Pages of residents and firms: signing in and out, and what is theirs."""
