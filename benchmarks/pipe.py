"""One stage of the pipes that rarebird grew from: `python -m benchmarks.pipe STAGE SOCKET`."""

from __future__ import annotations

import json
import socket
import sys

_GAPS_S = b"120"
_STATES_S = b"900"


def ingest() -> None:
    """Messages in, the events of the US out."""
    for line in sys.stdin:
        message = json.loads(line)
        group = message["group"]
        if group.get("group_country") == "us":
            event = {"t": message["mtime"], "id": message["rsvp_id"], "state": group["group_state"]}
            print(json.dumps(event), flush=True)


def gaps() -> None:
    """Events in, the same with the time since the one before out."""
    last = None
    for line in sys.stdin:
        event = json.loads(line)
        event["gap"] = 0 if last is None else event["t"] - last
        last = event["t"]
        print(json.dumps(event), flush=True)


def insert(address: str) -> None:
    """Events in, a key for the gap and one for the state of each in Redis, which forgets them after a while."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(address)
        for line in sys.stdin:
            event = json.loads(line)
            number = str(event["id"]).encode()
            _set(link, b"gap:" + number, _GAPS_S, str(event["gap"]).encode())
            _set(link, b"state:" + number, _STATES_S, event["state"].encode())


def _set(link: socket.socket, *arguments: bytes) -> None:
    parts = (b"SETEX", *arguments)
    link.sendall(b"*%d\r\n" % len(parts) + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts]))
    answer = link.recv(64)
    if not answer.startswith(b"+OK"):
        raise RuntimeError(f"expected +OK from Redis, got {answer!r}")


if __name__ == "__main__":
    _, stage, address = sys.argv
    if stage == "insert":
        insert(address)
    else:
        {"ingest": ingest, "gaps": gaps}[stage]()
