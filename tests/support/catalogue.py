"""A small catalogue on disk, sound until a test spoils it."""

from base64 import b64encode
from hashlib import sha256
from hmac import digest
from pathlib import Path

from waypost.engine.conformance.folder import check_folder

MAIN = "integrations/acme/integration.yaml"
LETTERS_FILE = "integrations/acme/resources/letters.yaml"
LINK_FILE = "integrations/acme/link.yaml"
WEBHOOKS_FILE = "integrations/acme/webhooks.yaml"
MAPPING_FILE = "integrations/acme/mappings/mail.yaml"
NOTES_FILE = "integrations/acme/NOTES.md"
MODEL_FILE = "models/mail/model.yaml"

INTEGRATION = """\
name: acme
label: Acme
category: email
description: Sends letters that exist in tests only.
base_url: https://api.acme.test/v1
credentials:
  api_key:
    fields:
      - name: api_key
        label: API key
        type: password
authorization:
  scheme: bearer
  token: "{{credentials.api_key}}"
pagination:
  pages:
    style: page
    has_more: body.more = true
rate_limit:
  classes:
    general: {limit: 10}
errors:
  message: body.message
"""

LETTERS = """\
letters:
  label: Letters
  methods:
    list:
      verb: GET
      path: /letters
      description: List the letters of an account, newest first.
      pagination: pages
      response_path: data
      query_schema:
        type: object
        properties:
          to: {type: string}
      examples:
        - query: {to: ada@acme.test}
          response: {data: [{id: 1, to: ada@acme.test}], more: false}
    get:
      verb: GET
      path: /letters/{{id}}
      description: Get one letter by its id.
      examples:
        - id: a b
          response: {id: 1, to: ada@acme.test}
    create:
      verb: POST
      path: /letters
      description: Write a letter and hand it to the post.
      body_schema:
        type: object
        required: [to]
        properties:
          to: {type: string, format: email}
      examples:
        - body: {to: ada@acme.test}
          status: 201
          response: {id: 1, to: ada@acme.test}
"""

LINK = """\
probes:
  - label: Letters can be read
    resource: letters
"""

_BODY = '{"type":"letter.sent","id":7}'
_SECRET = b64encode(b"an example secret").decode()
_SIGNATURE = b64encode(digest(b"an example secret", f"1.{_BODY}".encode(), sha256)).decode()

WEBHOOKS = f"""\
- name: letters
  description: What happens to letters.
  signature:
    format: hmac
    header: acme-signature
    encoding: base64
    prefix: v1,
    list_separator: " "
    parts: [$header.acme-time, $body]
    separator: .
    secret_encoding: base64
    secret_prefix: whsec_
    timestamp_header: acme-time
    tolerance_seconds: 300
  event_type: body.type
  event_id: $string(body.id)
  events: {{letter.sent: message.sent}}
  examples:
    - name: sent
      raw: '{_BODY}'
      secret: whsec_{_SECRET}
      headers: {{Acme-Time: "1", Acme-Signature: "v0,old v1,{_SIGNATURE}"}}
      event_type: letter.sent
"""

MAPPING = """\
model: mail
resources:
  messages:
    list:
      resource: letters
      method: list
      query_mapping: '{"to": query.recipient}'
      response_mapping: '{"id": $string(response.id), "recipient": response.to}'
"""

MODEL = """\
name: mail
label: Mail
category: messages
description: Messages of every kind of post office.
resources:
  messages:
    description: A message.
    schema:
      type: object
      required: [id]
      properties:
        id: {type: string}
        recipient: {type: string}
    methods:
      list:
        description: List messages.
        query_schema:
          type: object
          properties:
            recipient: {type: string}
"""

FILES = {
    MAIN: INTEGRATION,
    LETTERS_FILE: LETTERS,
    LINK_FILE: LINK,
    WEBHOOKS_FILE: WEBHOOKS,
    MAPPING_FILE: MAPPING,
    NOTES_FILE: "# Acme\n\nSource: https://acme.test/docs\n",
    MODEL_FILE: MODEL,
}


def write_catalogue(root: Path, changes: dict[str, str | None] | None = None) -> Path:
    """Write the catalogue below `root`; `changes` replace, add or (None) leave out files."""
    for name, text in {**FILES, **(changes or {})}.items():
        if text is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root


def spoilt(name: str, old: str, new: str) -> dict[str, str | None]:
    """Return the change that replaces the only `old` in a file by `new`."""
    text = FILES[name]
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
    return {name: text.replace(old, new)}


def found_in(root: Path, *spoils: tuple[str, str, str]) -> list[str]:
    """Write the catalogue with (file, old, new) replaced and check its integration."""
    files: dict[str, str] = dict(FILES)
    for name, old, new in spoils:
        assert files[name].count(old) == 1, f"{old!r} is {files[name].count(old)} times in {name}"
        files[name] = files[name].replace(old, new)
    return check_folder(write_catalogue(root, dict(files)) / "integrations" / "acme")
