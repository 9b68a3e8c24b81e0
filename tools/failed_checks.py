"""Name the failed checks right above pytest's closing line, so that "passed" is never alone there.

`./dev test` loads this as a pytest plugin.
"""

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost, so that what follows is said last
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Generator[None, None, None]:
    """Print what failed before pytest began."""
    yield
    if failed := os.environ.get("WAYPOST_FAILED_CHECKS"):
        terminalreporter.write_line(f"FAILED before pytest, see above: {failed}", red=True)
