"""GS1 keys, element strings and Digital Links; pure functions on texts."""
