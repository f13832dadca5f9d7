"""What the person's screen and pointer look like, as values and as coded pictures."""
