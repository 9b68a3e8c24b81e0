"""Names say what a thing is, and the floors below the catalog know no provider."""

import re

import yaml
from tests.house.tree import PACKAGE, ROOT, SANDBOX, committed, named, python_files

EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "core"}


def test_no_room_or_module_has_an_empty_name() -> None:
    found = [
        named(file)
        for file in python_files(PACKAGE, SANDBOX, ROOT / "tests", ROOT / "tools")
        if EMPTY_WORDS & {part.removesuffix(".py") for part in file.relative_to(ROOT).parts}
        or (file.name == "base.py")
    ]
    assert not found, f"name the act or the thing instead: {found}"


ORDINARY_WORDS = {"close", "front", "linear", "resend", "segment", "stripe"}
"""Names that are also English: looked for with their capital letter only."""


def provider_words() -> set[str]:
    words = set()
    for manifest in (PACKAGE / "catalog" / "integrations").glob("*/integration.yaml"):
        label = yaml.safe_load(manifest.read_text()).get("label")
        words.update([label] if isinstance(label, str) else [])
        if manifest.parent.name not in ORDINARY_WORDS:
            words |= {manifest.parent.name, manifest.parent.name.upper()}
    return words


def test_no_provider_is_named_below_the_catalog() -> None:
    words = provider_words()
    if not words:
        return
    pattern = re.compile(r"(?<![a-z])(" + "|".join(map(re.escape, sorted(words))) + r")(?![a-z])")
    floors = [PACKAGE / floor for floor in ("base", "engine", "kernel", "features")]
    found = [
        f"{named(file)}:{number}: {match[0]}"
        for file in committed()
        if any(floor in file.parents for floor in floors)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if (match := pattern.search(line))
    ]
    assert not found, "a provider is a folder of the catalog, nothing here may know it:\n" + (
        "\n".join(found)
    )
