"""Parties, sites and trade items, attachments, notices and the desk: what the trade stands on."""
