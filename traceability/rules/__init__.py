"""States, steps and figures of traceability; pure."""
