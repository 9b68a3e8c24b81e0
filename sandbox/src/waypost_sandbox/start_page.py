"""The page at `/`: what this server is, and what it is not."""

from __future__ import annotations

from waypost_sandbox import __version__
from waypost_sandbox.wire.answer import Answer
from waypost_sandbox.wire.call import Call

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>waypost-sandbox</title>
<style>
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem;
  color: #1b2430; background: #fff }}
code, pre {{ font: 0.9rem/1.5 ui-monospace, monospace; background: #f2f4f7; border-radius: 4px }}
code {{ padding: 0.1em 0.3em }} pre {{ padding: 0.8rem; overflow-x: auto }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e6e9ee; background: #14181e }} code, pre {{ background: #232932 }} a {{ color: #8ab4f8 }} }}
</style>
</head>
<body>
<h1>waypost-sandbox {version}</h1>
<p>A server that speaks MailerSend's API, for development and tests. It accepts emails and
keeps them: nothing leaves this machine.</p>
<h2>What is where</h2>
<ul>
<li>API: <code>{root}/v1/</code> (bearer token; it was printed at start)</li>
<li>Control: <code>{root}/_sandbox</code> (accounts, reset, seed, clock, faults, events, outbox, calls)</li>
<li>Health: <a href="/_sandbox/health">/_sandbox/health</a></li>
<li>What would have been received: <a href="/_sandbox/outbox">/_sandbox/outbox</a></li>
</ul>
<h2>Try it</h2>
<pre>curl {root}/v1/api-quota -H "Authorization: Bearer $TOKEN"</pre>
<h2>What it is not</h2>
<p>It is not MailerSend and not affiliated with MailerSend; the name belongs to its owner. It is
built from public facts. Where the public record is silent it guesses, and
<code>COVERAGE.md</code> marks every guess.</p>
</body>
</html>
"""


def answer_start_page(call: Call) -> Answer:
    """Answer with the start page."""
    root = call.base_url.removesuffix("/v1")
    page = _PAGE.format(version=__version__, root=_escape(root))
    return Answer(200, page.encode(), content_type="text/html; charset=UTF-8")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
