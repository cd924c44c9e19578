"""Reads of logistics."""
