"""Statistics: pure maths over counts, gaps and shares."""
