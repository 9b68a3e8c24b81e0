"""Everything a server needs in order before it serves: catalogue, schema, keys."""

from waypost.base.log import set_up_logging
from waypost.base.settings import read_settings
from waypost.engine.conformance import lint_catalog
from waypost.entrypoints.preflight import current_state, note_prepared, read_catalog
from waypost.entrypoints.wiring import bring_up, build_kernel


async def prepare() -> None:
    """Refuse what would fail later, bring the schema up to date, and see that no key is missing.

    Raises ManifestError, SettingInvalid, KeyMissing, StorageUnavailable.
    """
    settings = read_settings()
    set_up_logging(settings.log_level, settings.log_format)
    state = current_state(settings)
    kernel = build_kernel(settings)
    try:
        # A dead expression in a private folder shall stop the start, not a call.
        catalog = read_catalog(settings)
        lint_catalog(catalog)
        await bring_up(kernel)
        await kernel.jobs.prepare(here=True)
    finally:
        kernel.jobs.close()
        await kernel.database.close()
    note_prepared(settings, state, catalog)
