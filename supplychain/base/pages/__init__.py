"""Base's pages: the desk, the operator's room, master data."""
