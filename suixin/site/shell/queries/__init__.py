"""One dataclass and one function for what each page shows; the templates ask nothing themselves."""
