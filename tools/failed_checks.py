"""Name the failed checks right above pytest's closing line, so that "passed" is never alone there.

`./dev test` loads this as a pytest plugin.
"""

import os

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what failed before pytest began."""
    if failed := os.environ.get("WAYPOST_FAILED_CHECKS"):
        terminalreporter.write_line(f"FAILED before pytest (see above): {failed}", red=True)
