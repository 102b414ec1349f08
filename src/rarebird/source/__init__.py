"""Where streams come from: one file per protocol, and what is known of public streams."""
