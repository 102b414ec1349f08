"""Detection: families of evidence under one budget of false alarms, and rules with thresholds that a user sets."""
