"""Tell what we put on a provider's list from what is the provider's own."""

from collections.abc import Collection, Sequence

from waypost.base.connection import AsyncConnection
from waypost.kernel.suppressions.address import canonical
from waypost.kernel.suppressions.model import Fact, Target
from waypost.kernel.suppressions.pushes import store
from waypost.kernel.suppressions.pushes.store import Push
from waypost.kernel.suppressions.rules import MISSES, is_ours


async def told_by_others(
    connection: AsyncConnection, environment_id: str, account_id: str, facts: Sequence[Fact]
) -> list[Fact]:
    """Return the facts of a page that are not what we put there ourselves; note that those are there.

    A row is ours by its id, whichever account put it there, or because it came to be there since we
    began to add it.
    """
    known = await store.about(
        connection,
        environment_id,
        account_id,
        {fact.native_id for fact in facts if fact.native_id},
        {spelling for fact in facts for spelling in _spellings(fact.address)},
    )
    if not known:
        return list(facts)
    return [
        fact
        for fact in facts
        if not await _is_ours(connection, environment_id, account_id, fact, known)
    ]


async def _is_ours(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    fact: Fact,
    known: Sequence[Push],
) -> bool:
    by_id = [each for each in known if each.native_id and each.native_id == fact.native_id]
    here = [each.id for each in by_id if each.account_id == account_id and not each.gone]
    seen = {"seen_in": fact.seen_in, "missed": 0}
    if any(each.state in ("ours", "removing", "gone") for each in by_id):
        await store.change(connection, environment_id, here, seen)
        return True
    if by_id:  # it was there before, and is the provider's own word from now on
        await store.remove(connection, environment_id, here)
        return False
    for each in known:
        if _is_place(each, fact) and is_ours(each.began_at, fact.at):
            values = {"state": "ours", "native_id": fact.native_id, **seen}
            await store.change(connection, environment_id, [each.id], values)
            return True
    return False


def _is_place(push: Push, fact: Fact) -> bool:
    if push.state != "adding" or push.native_list != fact.native_list:
        return False
    target = Target(push.account_id, push.native_list, push.domain, "", ())
    return target.scope == fact.scope and canonical(push.address) == canonical(fact.address)


def _spellings(address: str) -> set[str]:
    plain = canonical(address)
    return {address, plain, plain.replace("*", ".*")}


async def settle_pushes(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    lists: Collection[str],
    *,
    run: str,
    began_at: float,
) -> None:
    """Forget what two whole readings in a row did not show: it is put there again."""
    if lists:
        await store.settle(
            connection,
            environment_id,
            account_id,
            lists,
            run=run,
            began_at=began_at,
            misses=MISSES,
        )
