"""Core's schema history, and the environment that every plugin's history runs in too."""
