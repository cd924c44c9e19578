"""Spreadsheets in and out: one declaration serves import, export and template."""
