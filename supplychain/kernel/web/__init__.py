"""Plumbing between HTTP and services: permission, problems, forms, lists, layout."""
