"""What is written down beside the code: no machine's paths, no dead links, a changelog."""

import re

from tests.house.tree import ROOT, committed, named

# Spelled in pieces, or this file would find itself.
MACHINE_PATHS = re.compile(
    "|".join(
        (
            r"/" + r"work(?![a-z_-])",
            r"(?<![\w}])/" + r"(root|home/\w+)/[\w.]",
            r"\.lib" + r"rary\b",
            "/opt/" + "pypi",
        )
    )
)


def texts() -> list[tuple[str, str]]:
    found = []
    for file in committed():
        try:
            found.append((named(file), file.read_text()))
        except UnicodeDecodeError:
            continue
    return found


def test_no_committed_file_knows_a_machine() -> None:
    found = [
        f"{name}:{number}: {match[0]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := MACHINE_PATHS.search(line))
    ]
    assert not found, "write it relative to the project, or read a setting:\n" + "\n".join(found)


def test_links_between_papers_lead_somewhere() -> None:
    dead = []
    for file in committed():
        if file.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", file.read_text()):
            outside = "://" in target or target.startswith("mailto:")
            if not outside and not (file.parent / target).exists():
                dead.append(f"{named(file)} -> {target}")
    assert not dead, f"these links lead nowhere: {dead}"


def test_changelog_has_an_unreleased_section() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(r"^## \[Unreleased\]$", text, re.MULTILINE), "changes are noted as they land"
    assert "keepachangelog.com" in text


def test_decisions_are_numbered_and_have_their_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(numbers) + 1)), "one number each, none left out"
    for page in pages:
        text = page.read_text()
        for part in ("Status", "Context", "Decision", "Consequences", "Rejected"):
            assert re.search(rf"^(## |\*\*)?{part}\b", text, re.MULTILINE), (
                f"{page.name} lacks {part}"
            )
        assert len(text.splitlines()) <= 70, f"{page.name}: a decision fits on one page"


def test_ci_runs_dev_test_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        'cd "$(dirname "${BASH_SOURCE[0]}")/.." && exec ./dev test'
    ]
