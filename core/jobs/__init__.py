"""Background work: RQ on Valkey carries it, PostgreSQL knows what is due."""
