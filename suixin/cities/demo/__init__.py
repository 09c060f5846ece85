"""Makers of the demo's input files, one module per subject; `cities.demo_files.make` calls them all.

Every maker takes a `Making` and returns the paths it wrote. The same seed gives the same bytes.
All of it is invented (模拟数据): nobody and nothing real is described.
"""
