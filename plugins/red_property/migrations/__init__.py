"""Schema history of Red property."""
