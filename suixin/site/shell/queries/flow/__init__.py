"""What the pages of steps and instances show."""
