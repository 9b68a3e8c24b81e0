"""Ask pip-audit for known vulnerabilities of what is shipped: a step of `./dev test`.

Ends with 0 when there are none, 1 when there are, SKIPPED where nobody could be asked.
"""

import re
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "runtime.lock"
SKIPPED = 75
"""What `./dev` reads as "not done, and nobody's fault" (EX_TEMPFAIL)."""
_AUDIT = ("-m", "pip_audit", "-s", "osv", "--timeout", "10", "--no-deps", "--disable-pip", "-r")


def outcome(code: int, shown: str) -> int:
    """Tell a vulnerability found from a service that could not be asked, about one package or all."""
    if re.search(r"^Found \d+ known vulnerabilit", shown, flags=re.MULTILINE):
        return 1
    return 0 if code == 0 and "could not be audited" not in shown else SKIPPED


def main() -> int:
    """Ask, and show what was found."""
    command = [sys.executable, *_AUDIT, str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    shown = done.stdout + done.stderr
    found = outcome(done.returncode, shown)
    if found == SKIPPED:
        print("! the advisory service cannot be reached: nobody was asked about vulnerabilities")
    elif found:
        print(shown)
    return found


if __name__ == "__main__":
    sys.exit(main())
