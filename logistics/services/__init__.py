"""Commands of logistics."""
