"""What is decided about goods on the way: states, verdicts, choices; all of it pure."""
