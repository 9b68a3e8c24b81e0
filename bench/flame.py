"""Draw folded stacks as a flame graph: a small SVG, the event loop's thread only.

wrk -t1 -c16 -d9 -H "Authorization: Bearer $TOKEN" $URL &
py-spy record -p $PID -d 6 -r 300 -f raw -o stacks.txt
python -m bench.flame stacks.txt docs/flame.svg
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

WIDTH = 1000.0
HEIGHT = 17
LEAST = 0.004
"""The share of all samples under which a frame is left out."""
_FROM = "Runner.run (asyncio/runners.py"
_COLOURS = {"waypost/": "#e8925c", "uvicorn/": "#d9bf77", "asyncio/": "#b8c4a0"}
_OTHER = "#c9c9c9"


@dataclass
class Frame:
    """A function with everything it called."""

    name: str
    samples: int = 0
    called: dict[str, "Frame"] = field(default_factory=dict)


def read(lines: Sequence[str]) -> Frame:
    """Return the event loop's stacks as a tree; lines of one function count as one."""
    root = Frame("the event loop")
    for line in lines:
        stack, _, count = line.rpartition(" ")
        names = [name.rpartition(":")[0] + ")" for name in stack.split(";")]
        starts = [at for at, name in enumerate(names) if name.startswith(_FROM)]
        if not starts:
            continue
        at = root
        at.samples += int(count)
        for name in names[starts[-1] + 1 :]:
            at = at.called.setdefault(name, Frame(name))
            at.samples += int(count)
    return root


def draw(root: Frame) -> str:
    """Return the SVG."""
    boxes = list(_boxes(root, 0.0, 0, max(1, root.samples)))
    height = (1 + max(depth for _, depth, _, _ in boxes)) * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height}" '
        'font-family="monospace" font-size="10">'
    ]
    for x, depth, width, frame in boxes:
        share = 100 * frame.samples / max(1, root.samples)
        colour = next((c for part, c in _COLOURS.items() if f"({part}" in frame.name), _OTHER)
        y = height - (depth + 1) * HEIGHT
        label = escape(frame.name.partition(" ")[0][: int(width / 6.2)])
        parts.append(
            f"<g><title>{escape(frame.name)}, {share:.1f} %</title>"
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{HEIGHT - 1}" fill="{colour}"/>'
            f'<text x="{x + 2:.1f}" y="{y + 12}">{label}</text></g>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _boxes(
    frame: Frame, x: float, depth: int, total: int
) -> Iterator[tuple[float, int, float, Frame]]:
    width = WIDTH * frame.samples / total
    yield x, depth, width, frame
    for called in sorted(frame.called.values(), key=lambda each: each.name):
        if called.samples >= LEAST * total:
            yield from _boxes(called, x, depth + 1, total)
        x += WIDTH * called.samples / total


def main(arguments: Sequence[str]) -> int:
    """Draw one file as another."""
    source, target = map(Path, arguments)
    target.write_text(draw(read(source.read_text().splitlines())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
