"""Commands of base."""
