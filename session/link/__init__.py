"""The one shell of `session`: sockets, the relay's rooms, SSH and its subsystems."""
