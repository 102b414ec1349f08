"""Backtests: what a watch would have told of a stream that is over, and how well that fits what is known of it."""
