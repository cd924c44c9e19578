"""Numbered steps; each is run once and never changed after it has landed."""
