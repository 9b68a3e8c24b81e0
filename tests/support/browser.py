"""Debian's Chromium, driven by Playwright, and a page of another origin that uses the link SDK."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.link_sdk import unavailable

_HOST_PAGE = """<!doctype html><html lang="en"><title>The app</title><h1>The app</h1>
<script type="module">
import authenticate, { rapidForm } from "/sdk.js";
window.messages = [];
window.addEventListener("message", (event) => window.messages.push(event.data));
const settle = (promise) => {
  window.settled = null;
  if (promise) promise.then(
    (value) => { window.settled = { resolved: value }; },
    (error) => { window.settled = { rejected: error instanceof Error ? { ...error, message: error.message } : error }; });
};
window.link = (token, options) => { settle(authenticate(token, options)); };
window.form = (token, options) => { settle(rapidForm(token, options)); };
window.frame = (url) => {
  const frame = document.createElement("iframe");
  frame.style = "position:fixed;inset:0;width:100%;height:100%;border:0";
  frame.src = url;
  document.body.append(frame);
};
window.ready = true;
</script>"""


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a browser; skip visibly where there is none, fail under CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        unavailable("there is no chromium on this machine (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def host_page(sdk: str) -> Iterator[str]:
    """Serve the app's page, the SDK, and a place to come back to; gives the origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = "text/html", _HOST_PAGE
            if self.path == "/sdk.js":
                kind, text = "text/javascript", sdk
            elif self.path.startswith("/back"):
                text = "<!doctype html><title>Back in the app</title><h1>Back in the app</h1>"
            elif self.path == "/favicon.ico":
                text = ""
            raw = text.encode()
            self.send_response(200)
            self.send_header("content-type", f"{kind}; charset=utf-8")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


UNREADABLE = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
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
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
    const box = element.getBoundingClientRect();
    if (!own || box.width < 2 || box.height < 2 || element.closest("[hidden], noscript, script")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(parse(style.color)), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${element.className || element.tagName}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""
"""Lists texts whose contrast is below WCAG AA."""
