"""Messages to people: written with what they tell of, delivered once, by the channel that reaches."""
