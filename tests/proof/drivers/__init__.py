"""Drivers of doors and declarations of what returns no rows; one file for each part of the product."""
