"""A world of RSVPs with known truth, and a server that speaks the retired Meetup protocol.

The world is a pure function of its seed and parameters; clocks, sockets and files are handed in or live in
`server` and `write` only.
"""
