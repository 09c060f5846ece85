"""How data flow: catalogued, kept in the lake, read through access, judged, brought, shared, opened, measured."""
