"""The values that travel: instants, durations, batches of events, tallies, readings. They hold, they do not do."""
