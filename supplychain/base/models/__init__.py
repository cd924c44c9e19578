"""Tables of base."""
