"""Everything a catalogue folder must satisfy beyond being well-formed; each breach with its file, line and column."""

from waypost.engine.conformance.folder import check_folder, lint_catalog

__all__ = ["check_folder", "lint_catalog"]
