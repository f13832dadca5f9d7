"""The demo: two desktops, two scripted people, four programs and what they leave behind."""
