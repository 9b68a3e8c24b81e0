from pathlib import Path

import pytest

from waypost.base.clock import Clock, file_clock, iso, monotonic


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000.25, "2023-11-14T22:13:20.250Z"),
        (1_700_000_000.9999, "2023-11-14T22:13:20.999Z"),  # cut, never rounded into the future
    ],
)
def test_iso_is_utc_with_milliseconds(at: float, text: str) -> None:
    assert iso(at) == text


def test_clock_tells_and_formats_what_it_reads() -> None:
    clock = Clock(lambda: 1_700_000_000.0)
    assert clock.now() == 1_700_000_000.0
    assert clock.iso() == "2023-11-14T22:13:20.000Z"
    assert clock.iso(0) == "1970-01-01T00:00:00.000Z"


def test_file_clock_follows_its_file(tmp_path: Path) -> None:
    file = tmp_path / "now"
    clock = file_clock(file)
    file.write_text("1000.5\n")
    assert clock.now() == 1000.5
    file.write_text("2000")
    assert clock.now() == 2000


@pytest.mark.parametrize("content", [None, "", "soon"])
def test_file_clock_without_a_moment_tells_the_real_time(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "now"
    if content is not None:
        file.write_text(content)
    assert file_clock(file).now() > 1_700_000_000


def test_monotonic_never_goes_back() -> None:
    assert monotonic() <= monotonic()
