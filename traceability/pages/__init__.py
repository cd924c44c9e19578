"""Pages of traceability for those who are signed in; the public page is apart."""
