"""A small catalog for tests of linking: one integration with every way to authenticate, one plain."""

from pathlib import Path

from waypost.engine.manifest.load import load_catalog
from waypost.engine.manifest.loaded import Catalog

NAMES = ("acme", "globex", "initech")

_MANIFEST = """
name: acme
label: Acme Mail
category: email
description: Mail by Acme.
base_url: https://api.acme.test/v1
logo: logo.svg
credentials:
  api_key:
    documentation_link: https://acme.test/help/keys
    instructions: Open Settings, then Keys, and make one.
    permissions_text: Reading domains and people.
    fields:
      - name: api_token
        label: API token
        type: password
        pattern: '[!-~]+'
        placeholder: acme.…
        help_text: Starts with acme.
      - name: region
        label: Region
        type: single_select
        required: false
        default: eu
        options:
          - {label: Europe, value: eu}
          - {label: America, value: us}
  oauth2:
    authorize_url: AUTH/authorize
    token_url: AUTH/token
    client: {id: waypost-tests, secret: waypost-tests-secret}
    scopes: [read]
  oauth2_client_credentials:
    token_url: AUTH/token
    fields:
      - {name: client_id, label: Client ID}
      - {name: client_secret, label: Client secret, type: password}
authorization:
  scheme: bearer
  token: '{{credentials.api_token|credentials.access_token}}'
errors:
  message: body.message
"""

_LINK = """
probes:
  - label: Domains
    resource: domains
    required: true
    scope: domains_read
    needed_for: Choosing a sender.
    shows: body.data.name
  - label: People
    resource: people
    scope: people_read
    needed_for: Showing who may send.
"""

_RESOURCES = """
domains:
  label: Domains
  methods:
    list: {verb: GET, path: /domains, description: List the domains., response_path: data}
people:
  label: People
  methods:
    list: {verb: GET, path: /people, description: List the people., response_path: data}
"""

_PLAIN = """
name: globex
label: Globex
category: chat
description: Chat by Globex.
base_url: https://api.globex.test
credentials:
  api_key:
    fields:
      - {name: key, label: Key, type: password}
authorization:
  scheme: header
  name: x-key
  value: '{{credentials.key}}'
"""

_UNREACHABLE = """
name: initech
label: Initech
category: chat
description: Nothing listens there.
base_url: https://api.initech.test
credentials:
  api_key:
    fields:
      - {name: key, label: Key, type: password}
authorization:
  scheme: bearer
  token: '{{credentials.key}}'
"""

_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#c33"/></svg>'


def write_catalog(root: Path, *, authorization_url: str = "https://acme.test/oauth") -> Path:
    """Write the folders under `root` and return it; `authorization_url` is Acme's OAuth server."""
    acme, globex, initech = (root / "integrations" / name for name in NAMES)
    for folder in (acme, globex, initech):
        (folder / "resources").mkdir(parents=True)
    (acme / "integration.yaml").write_text(_MANIFEST.replace("AUTH", authorization_url))
    (acme / "link.yaml").write_text(_LINK)
    (acme / "resources" / "all.yaml").write_text(_RESOURCES)
    (acme / "logo.svg").write_text(_LOGO)
    (globex / "integration.yaml").write_text(_PLAIN)
    (globex / "resources" / "all.yaml").write_text(_RESOURCES)
    (initech / "integration.yaml").write_text(_UNREACHABLE)
    (initech / "link.yaml").write_text(_LINK)
    (initech / "resources" / "all.yaml").write_text(_RESOURCES)
    (root / "models").mkdir()
    return root


def link_catalog(root: Path) -> Catalog:
    """Write and load the catalog."""
    return load_catalog(write_catalog(root))
