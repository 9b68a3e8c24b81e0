"""The same desk as in the tests of sends."""

from tests.kernel.sends.conftest import desk

__all__ = ["desk"]
