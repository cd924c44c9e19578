"""The API of traceability, for programs; one module for each aggregate."""
