"""What two or more of Byleave's programs must agree on.

PROTOCOL.md and RECORDING.md beside this file are normative. Nothing here does
I/O but `session.link`; clock, randomness, disk and network are arguments.
"""

PROTOCOL_VERSION = 1
