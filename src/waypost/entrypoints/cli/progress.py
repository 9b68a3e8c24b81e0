"""How far a long command is: a bar with the time that is left, where somebody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give what hears how much of how much is done; on stderr, and silent where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with click.progressbar(
        length=0, label=what, show_pos=True, show_eta=True, file=sys.stderr
    ) as bar:

        def told(done: int, total: int) -> None:
            bar.length = max(total, done)
            bar.update(done - bar.pos)

        yield told


__all__ = ["progress"]
