"""What anyone gets who scans a code, reads a GS1 Digital Link or tells the producer something: no sign-in."""
