"""Collection: how files become batches."""
