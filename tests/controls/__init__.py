"""Negative controls: each patch here takes one defence out, and a test must notice."""
