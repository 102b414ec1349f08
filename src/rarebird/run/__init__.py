"""Running a watch: sources read, ticks closed, and what is shown kept up to date, all in one process."""
