"""Reads of traceability."""
