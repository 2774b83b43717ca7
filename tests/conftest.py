"""Fixtures of the whole suite."""

pytest_plugins = ["core.testing.fixtures"]
