"""./dev: what it decides, as pure functions; and what it answers to a wrong command line."""

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader
from types import ModuleType

import pytest
from tests.house.tree import ROOT, imported
from tools import audit


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    loader = SourceFileLoader("waypost_dev_script", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "dev"), *arguments]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)


def test_help_names_every_command(dev: ModuleType) -> None:
    shown = run("help")
    assert shown.returncode == 0
    for command in dev.COMMANDS:
        assert f"\n  {command} " in shown.stdout


def test_no_command_is_a_wrong_command_line() -> None:
    shown = run()
    assert (shown.returncode, "usage: ./dev COMMAND" in shown.stdout) == (2, True)


def test_unknown_command_names_the_known_ones() -> None:
    shown = run("tset")
    assert shown.returncode == 2
    assert "'tset'" in shown.stderr
    assert "demo" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_lock_refuses_what_it_does_not_know() -> None:
    shown = run("lock", "--everything")
    assert (shown.returncode, shown.stderr.strip()) == (1, "usage: ./dev lock [--upgrade]")


def test_it_needs_the_standard_library_only() -> None:
    roots = {name.split(".")[0] for name in imported(ROOT / "dev")}
    assert roots <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("versions", "chosen"),
    [
        ({"own": (3, 11, 2), "python3.12": (3, 12, 0)}, ("own", "3.11.2")),
        ({"own": (3, 9, 1), "python3.12": (3, 12, 0)}, ("python3.12", "3.12.0")),
        ({"own": (), "python3.12": (3, 13)}, ("python3.12", "3.13")),
        ({"own": (2, 7, 18), "old": (3, 10, 9), "new": (4, 0, 0)}, ("new", "4.0.0")),
    ],
)
def test_first_interpreter_that_is_new_enough(
    dev: ModuleType, versions: Mapping[str, tuple[int, ...]], chosen: tuple[str, str]
) -> None:
    assert dev.choose_interpreter(list(versions), versions.__getitem__) == chosen


def test_no_interpreter_says_what_was_seen_and_what_to_do(dev: ModuleType) -> None:
    with pytest.raises(dev.Trouble) as raised:
        dev.choose_interpreter(["/usr/bin/python3"], lambda _: (3, 9, 2))
    assert "/usr/bin/python3 is 3.9.2" in str(raised.value)
    assert "apt-get install -y python3.11" in str(raised.value)


def test_pip_settings_are_read_with_pips_precedence(dev: ModuleType) -> None:
    listing = "\n".join(
        [
            "global.index-url='https://a.example/simple'",
            "global.extra-index-url='https://b.example/simple\\nhttps://c.example/simple'",
            "global.cert='/etc/a.pem'",
            "install.cert='/etc/b.pem'",
            "download.cert='/etc/c.pem'",
            ":env:.index-url='https://d.example/simple'",
            "not a line of pip's",
        ]
    )
    assert dev.parse_pip_config(listing) == {
        "index-url": "https://d.example/simple",
        "extra-index-url": "https://b.example/simple\nhttps://c.example/simple",
        "cert": "/etc/b.pem",
    }


@pytest.mark.parametrize(
    ("pip", "env", "said"),
    [
        ({}, {}, {}),
        ({"index-url": "https://a/simple"}, {}, {"UV_DEFAULT_INDEX": "https://a/simple"}),
        ({"index-url": "https://a/simple"}, {"UV_INDEX_URL": "https://b/simple"}, {}),
        (
            {"extra-index-url": "https://a/simple\nhttps://b/simple"},
            {},
            {
                "UV_INDEX": "https://a/simple https://b/simple",
                "UV_INDEX_STRATEGY": "unsafe-best-match",
            },
        ),
        ({"find-links": "/wheels /more"}, {}, {"UV_FIND_LINKS": "/wheels,/more"}),
        ({"cert": "/a.pem"}, {}, {"SSL_CERT_FILE": "/a.pem"}),
        ({"cert": "/a.pem"}, {"SSL_CERT_FILE": "/b.pem"}, {}),
        ({"no-index": "true"}, {}, {"UV_NO_INDEX": "1"}),
        ({"no-index": "false"}, {}, {}),
        ({"timeout": "60"}, {}, {"UV_HTTP_TIMEOUT": "60"}),
        ({"disable-pip-version-check": "1"}, {}, {}),
    ],
)
def test_pip_settings_in_uvs_words(
    dev: ModuleType, pip: Mapping[str, str], env: Mapping[str, str], said: Mapping[str, str]
) -> None:
    assert dev.uv_settings(pip, env) == said


def test_programs_run_without_another_environments_traces(dev: ModuleType) -> None:
    env = {"PATH": "/bin", "HOME": "", "VIRTUAL_ENV": "/x", "PYTHONPATH": "/y", "PIP_CERT": "/c"}
    child = dev.child_environment(env)
    assert child["PATH"] == f"{ROOT}/.venv/bin:/bin"
    assert child["PIP_CERT"] == "/c"
    assert not {"VIRTUAL_ENV", "PYTHONPATH", "HOME"} & child.keys()
    assert child["XDG_CACHE_HOME"] == f"{ROOT}/.cache"


def test_fingerprint_tells_apart_where_one_part_ends(dev: ModuleType) -> None:
    assert dev.fingerprint([b"a", b"bc"]) != dev.fingerprint([b"ab", b"c"])
    assert dev.fingerprint([b"a", b"bc"]) == dev.fingerprint([b"a", b"bc"])


@pytest.mark.parametrize(
    ("wanted", "stamp", "kind"),
    [
        ("runtime", {}, "runtime"),
        ("runtime", {"kind": "dev"}, "dev"),
        ("dev", {"kind": "runtime"}, "dev"),
        ("runtime", {"kind": "runtime"}, "runtime"),
    ],
)
def test_an_environment_keeps_its_tools(
    dev: ModuleType, wanted: str, stamp: Mapping[str, str], kind: str
) -> None:
    assert dev.kind_to_install(wanted, stamp) == kind


def test_lock_entry_takes_one_package_with_its_hashes(dev: ModuleType) -> None:
    lock = "uvloop==1 \\\n    --hash=sha256:a\nuv==2 \\\n    --hash=sha256:b \\\n    --hash=sha256:c\n    # via x\nz==3\n"
    assert dev.lock_entry("uv", lock).startswith("uv==2 \\\n    --hash=sha256:b")
    assert "uvloop" not in dev.lock_entry("uv", lock)
    assert "z==3" not in dev.lock_entry("uv", lock)


def test_failing_program_shows_its_output(dev: ModuleType) -> None:
    with pytest.raises(dev.Trouble, match="disk is full"):
        dev.run_quietly([sys.executable, "-c", "print('disk is full'); raise SystemExit(3)"])
    dev.run_quietly([sys.executable, "-c", "print('fine')"])


@pytest.mark.parametrize(
    ("code", "shown", "found"),
    [
        (0, "No known vulnerabilities found\n", 0),
        (1, "Found 2 known vulnerabilities in 1 package\nName Version\n", 1),
        (0, "No known vulnerabilities found\nx  it could not be audited", audit.SKIPPED),
        (1, "requests.exceptions.ConnectionError: api.osv.dev", audit.SKIPPED),
    ],
)
def test_an_audit_that_asked_nobody_did_not_pass(code: int, shown: str, found: int) -> None:
    assert audit.outcome(code, shown) == found


@pytest.mark.parametrize(("code", "passes"), [(0, True), (audit.SKIPPED, True), (1, False)])
def test_a_check_that_was_skipped_is_seen(
    dev: ModuleType, capsys: pytest.CaptureFixture[str], code: int, passes: bool
) -> None:
    command = ("python", "-c", f"print('why'); raise SystemExit({code})")
    assert dev.check_passes("a check", command, {}) is passes
    assert ("why" in capsys.readouterr().out) is (code != 0)
