"""The one history of the database schema, addon by addon, in order."""
