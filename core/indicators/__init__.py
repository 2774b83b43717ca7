"""Measures of places over periods, computed for all places at once and kept with their source."""
