"""Run the sandbox with `python -m waypost_sandbox`."""

from waypost_sandbox.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
