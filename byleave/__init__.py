"""The front door: the `byleave` command, the demo, the organisation's own keys."""
