"""A name that leads nowhere is found, with the nearest one that leads somewhere."""

from pathlib import Path

import pytest
from tests.support.catalogue import LETTERS_FILE, LINK_FILE, MAIN, WEBHOOKS_FILE, found_in

CASES = [
    (
        LETTERS_FILE,
        "pagination: pages",
        "pagination: page",
        "acme/resources/letters.yaml:8:19: there is no pagination 'page'; did you mean 'pages'?",
    ),
    (
        LETTERS_FILE,
        "pagination: pages",
        "pagination: pages\n      rate_class: slow",
        "acme/resources/letters.yaml:9:19: there is no rate class 'slow'; there are: general",
    ),
    (
        LETTERS_FILE,
        "path: /letters/{{id}}",
        "path: /letters/{{id}}\n      xml_root: letter",
        "acme/resources/letters.yaml:18:7: xml_root and body_format xml go together",
    ),
    (
        LETTERS_FILE,
        "    list:",
        "    li st:",
        "acme/resources/letters.yaml:4:5: 'li st' cannot be a method's name; "
        "use letters, digits, - and _",
    ),
    (
        LINK_FILE,
        "resource: letters",
        "resource: leters",
        "acme/link.yaml:3:15: there is no resource 'leters'; did you mean 'letters'?",
    ),
    (
        LINK_FILE,
        "resource: letters",
        "resource: letters\n    method: lst",
        "acme/link.yaml:4:13: there is no method of 'letters' called 'lst'; did you mean 'list'?",
    ),
    (
        LINK_FILE,
        "resource: letters",
        "resource: letters\n    method: create",
        "acme/link.yaml:4:13: a probe only reads; 'letters.create' sends POST",
    ),
    (
        MAIN,
        "category: email",
        "category: email\nlogo: acme.svg",
        "acme/integration.yaml:4:7: the logo 'acme.svg' is not in this folder",
    ),
    (
        MAIN,
        "category: email",
        "category: email\nhosts: ['https://eu.acme.test']",
        "acme/integration.yaml:4:9: 'https://eu.acme.test' is not the bare name of a host",
    ),
    (
        MAIN,
        "{limit: 10}",
        "{limit: 10, by_plan: {gold: 20}}",
        "acme/integration.yaml:21:36: there is no plan 'gold'",
    ),
    (
        MAIN,
        "rate_limit:\n",
        "rate_limit:\n  default_class: generl\n",
        "acme/integration.yaml:20:18: there is no rate class 'generl'; did you mean 'general'?",
    ),
    (
        MAIN,
        "rate_limit:\n",
        "rate_limit:\n  quota: {limit: 9, used_elsewhere: [general, generl]}\n",
        "acme/integration.yaml:20:47: there is no rate class 'generl'; did you mean 'general'?",
    ),
    (
        MAIN,
        "style: page",
        "style: page\n    limit: {minimum: 50}",
        "acme/integration.yaml:18:12: expected minimum ≤ default ≤ maximum",
    ),
    (
        MAIN,
        "type: password",
        "type: single_select",
        "acme/integration.yaml:9:9: single_select needs options, and only single_select has them",
    ),
    (
        MAIN,
        "type: password",
        "pattern: '('",
        "acme/integration.yaml:11:18: not a regular expression: "
        "missing ), unterminated subpattern at position 0",
    ),
    (
        MAIN,
        "type: password",
        "type: password\n      - {name: api_key, label: Again}",
        "acme/integration.yaml:12:16: the name 'api_key' is already used above",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "problem"), CASES)
def test_found(tmp_path: Path, name: str, old: str, new: str, problem: str) -> None:
    assert problem in found_in(tmp_path, (name, old, new))


def test_two_webhooks_of_one_name_are_found(tmp_path: Path) -> None:
    again = "- name: letters\n  description: Again.\n  signature: {format: none}\n- name: letters"
    found = found_in(tmp_path, (WEBHOOKS_FILE, "- name: letters", again))
    assert "acme/webhooks.yaml:4:9: the name 'letters' is already used above" in found
