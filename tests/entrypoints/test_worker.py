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

_HEAVY = (
    *("aiohttp", "multidict", "yarl"),  # the other pair's
    "redis",  # several hosts'
    *("jlens", "jsonschema_rs"),  # the first unified call's
    *("pydantic", "pydantic_core", "annotated_types", "yaml"),  # the validating reader's (0020)
    *("waypost.features.syncs.runs.runner", "cronsim"),  # the first sync's
    *("waypost.engine.manifest.strict", "waypost.engine.manifest.load"),
    *("xml.etree.ElementTree", "xml.parsers.expat", "html.entities"),  # the first XML body's
    *("rich", "pygments", "attr"),  # never wanted: who prints to a terminal here?
    *("prometheus_client", "http.server", "wsgiref"),
    *("pydantic_settings", "dotenv", "argparse"),
    *("dbos", "alembic", "sqlalchemy.orm", "sqlalchemy.ext.asyncio"),
    *("fastapi", "starlette", "jinja2", "waypost.engine.conformance"),
)

_LOADED = f"""
import sys
from waypost.base.settings import read_settings
from waypost.entrypoints.serve import run
from waypost.entrypoints.preflight import ensure_prepared
from waypost.entrypoints.worker import create_application
ensure_prepared(read_settings())
application = create_application()
print(*sorted(set({_HEAVY!r}) & sys.modules.keys()))
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


def test_a_worker_that_only_passes_calls_on_loads_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED],
        env={"WAYPOST_DATA_DIR": str(tmp_path), "WAYPOST_HTTP": "fast"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "", "these take memory in every worker (decision 0017)"
