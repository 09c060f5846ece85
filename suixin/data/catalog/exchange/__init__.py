"""The whole catalogue out and in: spreadsheets that departments fill in, JSON, GB/T 21063.3 XML."""
