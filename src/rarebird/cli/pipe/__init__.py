"""`rarebird pipe …`: the stages of the homework, one command each, joined by the pipes of a shell."""
