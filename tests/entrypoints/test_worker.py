"""A worker's application is built by its environment, and the collector leaves it alone."""

import subprocess
import sys
from pathlib import Path

_BUILD = """
import gc
from waypost.entrypoints.worker import create_application
application = create_application()
print(type(application).__name__, gc.get_freeze_count() > 10_000)
"""


def test_it_is_built_by_the_settings_of_the_environment(tmp_path: Path) -> None:
    # In a process of its own: the collector's settings are for good.
    done = subprocess.run(
        [sys.executable, "-c", _BUILD],
        env={"WAYPOST_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["Application", "True"]
    assert (tmp_path / "operator-token").exists()
