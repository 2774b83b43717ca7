"""The web shell that core's areas and plugins hang in."""
