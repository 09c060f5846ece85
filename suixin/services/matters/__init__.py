"""One thing once, applied for: one application, cases of several departments, one delivery."""
