"""Tests of the readers: each quirk in a tiny file made on the spot, real files in test_real_data."""
