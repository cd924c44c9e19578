"""Changing visits."""
