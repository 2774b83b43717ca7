"""What happened, told once: an outbox in the transaction, a relay, subscribers."""
