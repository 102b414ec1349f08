"""What the numbers mean: which category departs from its share, and the sentence that says what is going on."""
