"""Shapes that cross a boundary: marshmallow base schema and the fields of the trade."""
