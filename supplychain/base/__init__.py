"""Parties, sites and trade items, attachments, notices and the desk; every addon of the trade stands on it."""
