"""The wire protocols, each once: signed lookup, rows, downloads; in front of Django where speed matters."""
