"""Schema history of Evaluation."""
