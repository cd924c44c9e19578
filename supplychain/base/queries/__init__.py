"""Reads of base."""
