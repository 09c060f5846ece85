"""The main job on a fresh installation: from the city's folder and messy files to governed, shared, open data."""
