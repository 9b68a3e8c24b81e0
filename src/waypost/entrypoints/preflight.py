"""Before a server starts: see that everything is prepared, by a process that ends.

What preparing takes (YAML and who validates it, the linter, Alembic, the place of every word of the
catalogue) stays out of the server, and is left out altogether while nothing has changed since it
last went well. What the server is left is the catalogue as it was found valid (decision 0020).
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from waypost.base.errors import SettingInvalid
from waypost.base.settings import Settings
from waypost.engine.manifest.loaded import Catalog, decode_catalog, encode_catalog

_PACKAGE = Path(__file__).resolve().parents[1]
_RULES = (_PACKAGE / "engine", _PACKAGE / "schema")
# -P: the folder somebody happens to stand in is no place to import from.
_PREPARE = ("-P", "-c", "from waypost.entrypoints.cli.main import main; main()", "prepare")


def ensure_prepared(settings: Settings) -> None:
    """Run `waypost prepare` unless it went well for what is here now.

    A failure is on stderr by then, and ends this program too.
    """
    if _prepared(settings) is not None:
        return
    done = subprocess.run([sys.executable, *_PREPARE], check=False)  # noqa: S603 - ourselves
    if done.returncode != 0:
        sys.exit(done.returncode)


def note_prepared(settings: Settings, state: str, catalog: Catalog) -> None:
    """Remember that this state was found in order, and the catalogue that was read there."""
    stamp = _stamp(settings)
    written = stamp.with_name(f"{stamp.name}.{os.getpid()}")
    written.touch(mode=0o600)  # a private integration may hold its app's secret
    written.write_bytes(state.encode() + b"\n" + encode_catalog(catalog))
    # At once: another server may be reading it.
    written.replace(stamp)


def _prepared_catalog(settings: Settings) -> Catalog | None:
    """Return the catalogue that was prepared from what is here now, or None."""
    content = _prepared(settings)
    if content is None:
        return None
    try:
        return decode_catalog(content)
    except ValueError:
        return None


def _prepared(settings: Settings) -> bytes | None:
    try:
        state, _, catalog = _stamp(settings).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    return catalog if state.decode(errors="replace") == current_state(settings) else None


def current_state(settings: Settings) -> str:
    """Return a digest of what is judged, the catalogues, and of what judges: code and schema."""
    catalogs = (_PACKAGE / "catalog", *map(Path, settings.catalog))
    return digest_of(
        (*_RULES, *(root / kind for root in catalogs for kind in ("integrations", "models")))
    )


def digest_of(folders: Iterable[Path]) -> str:
    """Return a digest of every file below these folders: names and contents."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(_files(folder)):
            content = path.read_bytes()
            digest.update(f"{path}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part[0] == "." or part == "__pycache__" for part in parts):
            yield path


def _stamp(settings: Settings) -> Path:
    return settings.data_dir / "prepared"


def serving_catalog(settings: Settings) -> Catalog:
    """Return the catalogue as it was prepared, or read it where another or none was.

    Raises ManifestError and SettingInvalid.
    """
    _check_folders(settings)
    return _check_names(_prepared_catalog(settings) or _read(settings, placed=False), settings)


def read_catalog(settings: Settings) -> Catalog:
    """Read the built-in catalogue and the operator's, with the place of everything in them.

    Raises ManifestError and SettingInvalid.
    """
    _check_folders(settings)
    return _check_names(_read(settings, placed=True), settings)


def _read(settings: Settings, *, placed: bool) -> Catalog:
    # YAML's reader and who validates, for a process that finds nothing prepared: decision 0020.
    from waypost.engine.manifest.load import load_catalog  # noqa: PLC0415

    return load_catalog(_PACKAGE / "catalog", *map(Path, settings.catalog), placed=placed)


def _check_folders(settings: Settings) -> None:
    for folder in settings.catalog:
        if not Path(folder).is_dir():
            raise SettingInvalid(f"WAYPOST_CATALOG: there is no folder {folder}.")
        if not any((Path(folder) / kind).is_dir() for kind in ("integrations", "models")):
            raise SettingInvalid(
                f"WAYPOST_CATALOG: {folder} has no folder 'integrations': an integration stands in "
                "CATALOG/integrations/NAME, and the setting names CATALOG."
            )


def _check_names(catalog: Catalog, settings: Settings) -> Catalog:
    for name in settings.base_urls:
        if name not in catalog.integrations:
            raise SettingInvalid(f"WAYPOST_BASE_URLS: there is no integration {name!r}.")
    return catalog
