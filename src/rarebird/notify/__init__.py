"""Effects out: services that carry messages to people, one file each."""
