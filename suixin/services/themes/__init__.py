"""One thing once: items of several departments as one matter: one form, one set of materials, parallel handling, one delivery."""
