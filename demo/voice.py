"""How the story is told: numbered chapters, aligned facts, colour only on a terminal."""

import os
import sys
import time


class Voice:
    """Print the story as it happens."""

    def __init__(self) -> None:
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._chapter = 0
        self._began = time.monotonic()

    def title(self, text: str) -> None:
        """Open the story."""
        self._line(f"\n{self._paint('1', text)}")

    def chapter(self, text: str) -> None:
        """Begin a step."""
        self._chapter += 1
        elapsed = time.monotonic() - self._began
        self._line(
            f"\n{self._paint('1;36', f'{self._chapter}. {text}')}  {self._dim(f'at {elapsed:.1f} s')}"
        )

    def call(self, method: str, path: str, status: int) -> None:
        """Show a request that was made."""
        self._line(f"   {self._dim(f'{method} {path} → {status}')}")

    def fact(self, name: str, value: object) -> None:
        """Show something learnt."""
        self._line(f"   {name:<22} {value}")

    def row(self, *cells: object) -> None:
        """Show one row of a list."""
        widths = (36, 30, 14, 10, 0)
        self._line(
            "   "
            + " ".join(
                f"{cell!s:<{width}}" for cell, width in zip(cells, widths, strict=False)
            ).rstrip()
        )

    def say(self, text: str = "") -> None:
        """Say a sentence."""
        self._line(f"   {text}" if text else "")

    def good(self, text: str) -> None:
        """Say that something worked."""
        self._line(f"   {self._paint('32', '✓')} {text}")

    def _dim(self, text: str) -> str:
        return self._paint("2", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    @staticmethod
    def _line(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
