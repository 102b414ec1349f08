"""Progress: how much of the input was read, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; the function given takes bytes read and their total."""
    if not shown:
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)

        def show(read: int, total: int) -> None:
            progress.update(task, completed=read, total=total or None)

        yield show
