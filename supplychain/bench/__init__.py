"""Benchmarks: the suite against the same work done bare, and nothing that the suite itself needs."""
