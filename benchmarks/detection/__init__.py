"""Detection: worlds with known changes, what the best detector would need, and what rarebird and its rivals need."""
