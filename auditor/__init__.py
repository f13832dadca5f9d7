"""The auditor's program: check, list, replay and export recordings."""
