"""Stacks become boxes: the event loop's alone, a function's lines together, what is rare left out."""

from pathlib import Path

from bench.flame import main, read

STACKS = """main (waypost:1);Runner.run (asyncio/runners.py:118);serve (waypost/a.py:3);x (b<c.py:1) 600
main (waypost:1);Runner.run (asyncio/runners.py:118);serve (waypost/a.py:9) 398
main (waypost:1);Runner.run (asyncio/runners.py:118);rare (waypost/a.py:1) 2
Thread._bootstrap (threading.py:995);wait (other.py:1) 5000
"""


def test_stacks_of_the_event_loop_are_drawn(tmp_path: Path) -> None:
    root = read(STACKS.splitlines())
    assert root.samples == 1000
    assert {name: frame.samples for name, frame in root.called.items()} == {
        "serve (waypost/a.py)": 998,
        "rare (waypost/a.py)": 2,
    }
    source, target = tmp_path / "stacks.txt", tmp_path / "flame.svg"
    source.write_text(STACKS)
    assert main([str(source), str(target)]) == 0
    drawn = target.read_text()
    assert drawn.startswith("<svg ")
    assert "<title>x (b&lt;c.py), 60.0 %</title>" in drawn
    assert "rare" not in drawn
    assert "_bootstrap" not in drawn
