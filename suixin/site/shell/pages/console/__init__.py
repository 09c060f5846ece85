"""Views of the console, for signed-in staff."""
