"""What traceability prints, a module for each document; labels are elsewhere."""
