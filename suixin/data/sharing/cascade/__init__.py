"""Platforms above and below: signed letters kept until they are acknowledged, catalogue up, data down, counted every day."""
