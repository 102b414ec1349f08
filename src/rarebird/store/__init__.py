"""Memory: what a watch has learned, where it was in its sources, what happened, and what is to be sent."""
