"""The organisation's own keys: who is certified, who is revoked, what the relay is given."""
