"""The kinds of durable work of this room, by name; light, for who only enqueues or waits."""

STEP, WATCH = "syncs.step", "syncs.watch"
FIRE, FORGET = "syncs.fire", "syncs.forget"
WATCH_SECONDS = 60.0
STUCK_SECONDS = 300.0
STRETCH_SECONDS = 2.0
"""How long one job takes a run forward before it makes room for other runs, or for a stop."""
DAY = 86_400.0
MOVING = ("running", "rate_limited")
"""In these a run moves on by itself; one that does not for `STUCK_SECONDS` is taken up again."""
