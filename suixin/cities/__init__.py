"""Cities as data: organisations, divisions, themes, catalogue entries, indicators, and the demo's input files."""
