"""Introduces two ends, forwards what it cannot read, keeps sealed evidence and the log."""
