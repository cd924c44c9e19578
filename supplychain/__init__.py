"""The suite: kernel, base and contracts, with the composition root that joins every addon."""
