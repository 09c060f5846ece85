"""Insight: indicators, computed by declared SQL over granted data."""
