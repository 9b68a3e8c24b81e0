"""Compare what happened at the provider with what every endpoint took."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from proofs.events.endpoints import Customer, Delivery


@dataclass(frozen=True)
class Happening:
    """What happened at the provider, under the name that its event has."""

    name: str
    kind: str
    tenant: str
    message: str


@dataclass(frozen=True)
class Wish:
    """What an endpoint asked for; None is everything."""

    types: frozenset[str] | None = None
    tenants: frozenset[str] | None = None
    is_ordered: bool = False

    def covers(self, happening: Happening) -> bool:
        """Say whether a happening is among it."""
        has_type = self.types is None or happening.kind in self.types
        return has_type and (self.tenants is None or happening.tenant in self.tenants)


@dataclass(frozen=True)
class Verdict:
    """The figures; the first six must be 0."""

    lost: int
    unasked: int
    strangers: int
    shared_ids: int
    disordered: int
    unacknowledged: int
    wanted: int
    deliveries: int
    duplicates: int
    refused: int
    by_customer: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """How many each endpoint was to get, got, and got more than once."""

    @property
    def holds(self) -> bool:
        """Say whether every endpoint got all that it asked for and nothing else."""
        return not (
            self.lost
            or self.unasked
            or self.strangers
            or self.shared_ids
            or self.disordered
            or self.unacknowledged
        )

    def lines(self) -> list[str]:
        """Say it for a person."""
        return [
            f"deliveries wanted {self.wanted}, made {self.deliveries}, refused {self.refused}",
            f"lost {self.lost}, not acknowledged {self.unacknowledged}, not asked for {self.unasked},"
            f" of nothing that happened {self.strangers}, ids shared {self.shared_ids},"
            f" out of order {self.disordered}",
            f"duplicates {self.duplicates} ({self.duplicates / max(1, self.wanted):.2%})",
        ]


def judge(
    happenings: Sequence[Happening],
    customers: Sequence[tuple[Customer, Wish]],
    known: Callable[[str], bool],
    told: Mapping[str, float],
    acknowledged: Mapping[str, float],
) -> Verdict:
    """Return the figures; `told` and `acknowledged` are when the provider told, and had its 2xx."""
    by_name = {each.name: each for each in happenings}
    ids: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    totals: Counter[str] = Counter()
    by_customer = {}
    for customer, wish in customers:
        taken = [each for each in customer.taken if each.name]
        counted = Counter(each.name for each in taken)
        wanted = {each.name for each in happenings if wish.covers(each)}
        more = counted.total() - len(counted)
        by_customer[customer.name] = (len(wanted), len(wanted & set(counted)), more)
        for each in taken:
            ids[each.event_id].add(each.name)
            names[each.name].add(each.event_id)
        totals["wanted"] += len(wanted)
        totals["deliveries"] += counted.total()
        totals["duplicates"] += more
        totals["refused"] += customer.refused
        totals["lost"] += len(wanted - set(counted))
        totals["strangers"] += len(set(counted) - set(by_name))
        totals["unasked"] += len((set(counted) & set(by_name)) - wanted)
        if wish.is_ordered:
            totals["disordered"] += disorder(taken, by_name, told, acknowledged)
    shared = sum(len(each) > 1 for each in (*ids.values(), *names.values()))
    return Verdict(
        lost=totals["lost"],
        unasked=totals["unasked"],
        strangers=totals["strangers"],
        shared_ids=shared,
        disordered=totals["disordered"],
        unacknowledged=sum(not known(each.name) for each in happenings),
        wanted=totals["wanted"],
        deliveries=totals["deliveries"],
        duplicates=totals["duplicates"],
        refused=totals["refused"],
        by_customer=by_customer,
    )


def disorder(
    taken: Sequence[Delivery],
    by_name: Mapping[str, Happening],
    told: Mapping[str, float],
    acknowledged: Mapping[str, float],
) -> int:
    """Count the events that first came after one of their message that had not been told yet.

    An order is there to keep where we had acknowledged the one before the other was told; whoever
    tells two at once, to two processes perhaps, has given them none.
    """
    latest: dict[str, float] = {}
    seen: set[str] = set()
    count = 0
    for each in taken:
        if each.name in seen or each.name not in by_name:
            continue
        seen.add(each.name)
        message = by_name[each.name].message
        count += acknowledged.get(each.name, inf) < latest.get(message, -inf)
        latest[message] = max(told.get(each.name, -inf), latest.get(message, -inf))
    return count


def waits(
    customers: Sequence[Customer], told: Mapping[str, float], since: float, until: float
) -> list[float]:
    """Return the seconds from a happening to its first arrival at each endpoint that never fails.

    Of those first told between two moments (Unix seconds), sorted.
    """
    found = []
    for customer in customers:
        if not customer.is_well:
            continue
        seen: set[str] = set()
        for each in customer.taken:
            began = told.get(each.name)
            if each.name not in seen and began is not None and since <= began < until:
                seen.add(each.name)
                found.append(max(0.0, each.at - began))
    return sorted(found)


def part(values: Sequence[float], share: float) -> float:
    """Return the value that a share of sorted values does not exceed."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0
