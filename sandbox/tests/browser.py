"""Debian's Chromium, driven by Playwright, and what a page is measured by."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skip with a reason, or fail where everything has to be there."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}, and under CI nothing is skipped")
    pytest.skip(reason)


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a browser; skip visibly where there is none, fail under CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        unavailable("there is no chromium on this machine (apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("playwright is not installed (pip install playwright)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched_page(browser: Any, root: str, **options: Any) -> Iterator[Any]:
    """Open a page that may reach this server only, and that must not complain of anything.

    What it asked of other servers is in `page.strayed`, what broke in `page.broken`.
    """
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.strayed, page.broken = [], []

    def guard(route: Any) -> None:
        if route.request.url.startswith(root):
            route.continue_()
        else:
            page.strayed.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    page.on("dialog", lambda dialog: (page.broken.append(dialog.message), dialog.dismiss()))
    try:
        yield page
    finally:
        context.close()


UNREADABLE = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => {
      c /= 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length && (colour[3] === undefined || colour[3] > 0.99)) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const box = element.getBoundingClientRect();
    if (!own || box.width < 2 || box.height < 2 || element.closest("[hidden], noscript, script, .said")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(parse(style.color)), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) found.push(`${element.className || element.tagName}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""
"""Lists texts whose contrast is below WCAG AA."""

NAMELESS = """() => {
  const found = [];
  for (const element of document.querySelectorAll("a, button, input, select, textarea, iframe, [role=tab]")) {
    if (element.closest("[hidden], noscript")) continue;
    const labelled = (element.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join("");
    const name = element.getAttribute("aria-label") || labelled || element.title || element.textContent.trim()
      || [...(element.labels || [])].map((label) => label.textContent.trim()).join("");
    if (!name) found.push(element.outerHTML.slice(0, 120));
  }
  return found;
}"""
"""Lists controls and frames that have no name for a screen reader."""
