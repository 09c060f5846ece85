"""Tests of what joins the modules."""
