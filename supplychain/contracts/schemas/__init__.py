"""Shapes of contracts, a module for each document; for forms, JSON and spreadsheets alike."""
