"""Reads of catalog."""
