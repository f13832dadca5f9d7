"""Small widgets, one subject a file; none of them knows a session."""
