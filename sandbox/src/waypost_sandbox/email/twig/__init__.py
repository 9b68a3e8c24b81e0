"""Compile and render the restricted Twig of subjects, texts and templates."""

from waypost_sandbox.email.twig.fuel import TwigError
from waypost_sandbox.email.twig.template import compiles, render

__all__ = ["TwigError", "compiles", "render"]
