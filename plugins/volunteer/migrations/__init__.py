"""Schema history of Volunteer."""
