"""Detection: when a reading is news. So far the rules of the homework, each with a limit that a user sets."""
