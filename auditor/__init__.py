"""The auditor's program: verify, replay, export."""
