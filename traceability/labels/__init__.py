"""Labels of batches and items: what they say, and the file that goes to the printer."""
