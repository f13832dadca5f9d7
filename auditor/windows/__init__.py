"""The replay window; the only place of the auditor's program that knows Qt."""
