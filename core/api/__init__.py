"""The API for other systems: resources under ``/api/v1``, tokens, and the document about them."""
