"""Laws are tested without a time limit per example: other tests run beside them."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
