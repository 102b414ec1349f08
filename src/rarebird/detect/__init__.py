"""Detection: when a reading is news. So far the rules of the homework, each with limits that a user sets."""
