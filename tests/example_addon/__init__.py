"""A small addon with every room: visits to growing bases; it owns no goods and no papers."""
