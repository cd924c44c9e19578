"""Messages that must survive a crash: written with the act, sent afterwards."""
