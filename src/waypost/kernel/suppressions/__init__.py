"""Whom a tenant's accounts must not write to, and why: one merged store, asked before every send."""

from waypost.kernel.suppressions.directory import Suppressions
from waypost.kernel.suppressions.model import REASONS, Fact, HeldBack, Suppression

__all__ = ["REASONS", "Fact", "HeldBack", "Suppression", "Suppressions"]
