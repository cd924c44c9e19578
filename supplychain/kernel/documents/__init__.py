"""What every document has: a number, an audit trail, paper."""
