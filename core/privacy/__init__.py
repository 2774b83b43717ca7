"""What is held about one person or one community: exported, erased, counted."""
