"""Delta Sharing: grants with the door `share` as tables that any client of the protocol reads."""
