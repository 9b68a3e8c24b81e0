"""A small integration on disk for tests over a bare socket: every kind of list, body and answer."""

from pathlib import Path

INTEGRATION = """\
name: acme
label: Acme
category: email
description: Exists in tests only, behind a bare socket.
base_url: https://api.acme.test/v1
headers: {accept: application/json, x-declared: by-manifest}
credentials:
  api_key:
    fields:
      - {name: api_key, label: API key, type: password}
authorization:
  scheme: bearer
  token: "{{credentials.api_key}}"
pagination:
  pages:
    style: page
    limit: {minimum: 1, maximum: 100, default: 2}
    has_more: body.more = true
rate_limit:
  default_class: general
  classes:
    general: {limit: 100000}
    tight: {limit: 2, window_seconds: 60}
errors:
  message: body.message
  missing_scopes: 'body.missing ? body.missing : true'
"""

RESOURCES = """\
people:
  label: People
  methods:
    list:
      verb: GET
      path: /people
      description: List people, a page at a time.
      pagination: pages
      response_path: data
    get: {verb: GET, path: "/people/{{id}}", description: Get one person., response_path: data}
    create: {verb: POST, path: /people, description: Add a person., response_path: data}
    update: {verb: PATCH, path: "/people/{{id}}", description: Change a person., response_path: data}
    delete: {verb: DELETE, path: "/people/{{id}}", description: Remove a person.}
    wave: {verb: POST, path: "/people/{{id}}/wave", description: Wave at a person.}
guests:
  label: Guests
  methods:
    list: {verb: GET, path: /guests, description: List guests all at once., response_path: data}
files:
  label: Files
  methods:
    get:
      verb: GET
      path: /files/{{id}}
      description: Get a file as it is.
      response_format: binary
    create:
      verb: POST
      path: /files
      description: Upload a file as it is.
      body_format: raw
counters:
  label: Counters
  methods:
    list: {verb: GET, path: /counters, description: Count what is allowed., rate_class: tight, response_path: data}
letters:
  label: Letters
  methods:
    create:
      verb: POST
      path: /letters
      description: Send a letter to a person.
      sends: email
      scopes: [letters_write]
"""

MAPPING = """\
model: user-directory
reference: {kinds: {a: admin}}
resources:
  users:
    list:
      resource: people
      method: list
      query: {view: full}
      query_mapping: '{"name": query.first_name}'
      response_mapping: '{"id": $string(response.id), "name": response.name, "status": response.status}'
      is_partial_expression: $exists(data[0].thin)
      query_schema: {type: object, properties: {first_name: {type: string}}}
      merge:
        - resource: guests
          method: list
          response_mapping: '{"id": $string(response.id), "name": response.name, "status": "guest"}'
    get:
      resource: people
      method: get
      response_mapping: '{"id": $string(response.id), "name": response.name}'
    create:
      resource: people
      method: create
      body: {source: waypost}
      request_body_mapping: '{"name": body.name}'
      response_mapping: '{"id": $string(response.id), "name": response.name}'
    update:
      resource: people
      method: update
      request_body_mapping: '{"name": body.name}'
      response_mapping: '{"id": $string(response.id), "name": response.name}'
    delete: {resource: people, method: delete}
  groups:
    list:
      resource: guests
      method: list
      response_mapping: '{"id": $string(response.id), "name": response.name}'
  roles:
    list:
      resource: people
      method: list
      static:
        - {id: admin, name: Admin}
        - {id: guest, name: Guest}
    get:
      resource: people
      method: list
      static:
        - {id: admin, name: Admin}
        - {id: guest, name: Guest}
"""


def write_acme(root: Path) -> Path:
    """Write the catalog folder that holds `acme` and return it."""
    folder = root / "integrations" / "acme"
    for place, text in {
        "integration.yaml": INTEGRATION,
        "resources/all.yaml": RESOURCES,
        "mappings/user-directory.yaml": MAPPING,
        "NOTES.md": "# Acme\n\nMade for tests.\n",
    }.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root
