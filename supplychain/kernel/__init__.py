"""What every addon stands on; no word of the trade and no screen lives here."""
