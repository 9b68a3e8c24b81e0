"""Integrations switched on in an environment, with what the environment changes about them."""

from waypost.kernel.installs.directory import Installs, wire_install
from waypost.kernel.installs.override import refuse_without_effect
from waypost.kernel.installs.store import Install

__all__ = ["Install", "Installs", "refuse_without_effect", "wire_install"]
