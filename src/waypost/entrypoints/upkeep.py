"""What an operator does to an installation from the command line, while it serves or not."""

from collections.abc import Callable

from waypost.adapters.migrations import upgrade
from waypost.base.settings import read_settings
from waypost.entrypoints.wiring import bring_up, build_kernel
from waypost.kernel.vault import Rotated


async def migrate_database() -> None:
    """Bring the schema up to date; raises StorageUnavailable."""
    kernel = build_kernel(read_settings())
    try:
        await upgrade(kernel.database)
    finally:
        await kernel.database.close()


async def rotate_keys(told: Callable[[int, int], None] = lambda _done, _total: None) -> list[str]:
    """Rotate the key-encryption key; return what was done, as lines for a person.

    `told` hears how many data keys of how many are re-wrapped.
    """
    kernel = build_kernel(read_settings())
    try:
        await bring_up(kernel)
        return rotation_report(await kernel.rotation.rotate(told))
    finally:
        await kernel.database.close()


def rotation_report(done: Rotated) -> list[str]:
    """Say what a rotation did."""
    lines = [f"{done.current} is the current key; {done.rewrapped} data keys were re-wrapped."]
    lines += [f"{old} was retired." for old in done.retired]
    lines += [f"{old} is still in use; rotate again to retire it." for old in done.kept]
    return lines
