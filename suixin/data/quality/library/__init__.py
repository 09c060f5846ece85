"""The rule library: named rules with parameters, tried on data, suggested from profiles, attached to entries."""
