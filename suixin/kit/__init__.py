"""Pure Python that every storey may use: no Django, no database."""
