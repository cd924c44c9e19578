"""Scheduled work: what is due, who claimed it, how it ended."""
