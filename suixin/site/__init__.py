"""Where modules are joined: settings, addresses, wiring, pages that span modules, command line."""
