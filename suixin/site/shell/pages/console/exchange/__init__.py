"""Exchange in the console, a module for each kind."""
