"""Shapes that go in and out of traceability."""
