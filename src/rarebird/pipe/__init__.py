"""The stages of the homework as Unix filters: JSON lines in and out, joined by the pipes of a shell."""
