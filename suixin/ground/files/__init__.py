"""Attachments: what people hand in beside their words; kept once by content, looked at before it is taken."""
