"""Find the mapping of a unified method: base, then the environment's layer, then the account's."""

from collections.abc import Callable, Coroutine
from collections.abc import Mapping as AnyMapping
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from waypost.base.asgi import encode_json
from waypost.base.errors import ManifestError, MethodNotSupported, NotFound
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.plain import plain
from waypost.engine.manifest.unified import Mapping, UnifiedModel
from waypost.engine.unify import Send, run_method_apart
from waypost.kernel.calls.on_behalf import Bound
from waypost.kernel.manifests import Manifests
from waypost.kernel.mappings import Mappings, merged

T = TypeVar("T")

MOST_BASES = 4096


class Target(Protocol):
    """What a mapping is looked up for: a resource of a unified model."""

    @property
    def model(self) -> UnifiedModel:
        """Return the model."""
        ...

    @property
    def resource(self) -> str:
        """Return the resource's name."""
        ...


class Cell(Struct, frozen=True):
    """A mapping with its tables and its place; `layers` names what it was merged of."""

    mapping: Mapping
    reference: AnyMapping[str, Any]
    where: str
    layers: tuple[str, ...] = ("base",)

    @property
    def is_users(self) -> bool:
        """Say whether an environment or an account wrote a part of the mapping."""
        return self.layers != ("base",)


def run_method(
    cell: Cell, send: Send, make: Callable[[Send], Coroutine[Any, Any, T]]
) -> Coroutine[Any, Any, T]:
    """Return the coroutine that `make` gives; what a user wrote is evaluated apart."""
    return run_method_apart(make, send) if cell.is_users else make(send)


class Cells:
    """Look mappings up through their three layers."""

    def __init__(self, manifests: Manifests, mappings: Mappings) -> None:
        self._manifests = manifests
        self._mappings = mappings
        self._bases: dict[int, Cell] = {}

    def base(self, integration: str, target: Target, method: str) -> Cell:
        """Return an integration's own mapping; raises NotFound, MethodNotSupported."""
        loaded = self._manifests.catalog.integrations.get(integration)
        if loaded is None:
            raise NotFound(f"There is no integration {integration!r}.")
        found = self._base(loaded, target, method)
        if found is None:
            raise _unsupported(loaded, target, method)
        return found

    async def find(self, bound: Bound, target: Target, method: str) -> Cell:
        """Return the mapping for an account; raises MethodNotSupported when no layer has one."""
        loaded = bound.loaded
        base = self._base(loaded, target, method)
        environment = await self._mappings.override(
            bound.account.environment_id,
            model=target.model.name,
            resource=target.resource,
            integration=loaded.integration.name,
            method=method,
        )
        account = _inner(bound.account.account.unified_model_override, target, method)
        if environment is None and account is None:
            if base is None:
                raise _unsupported(loaded, target, method)
            return base
        layers = [layer for layer in (environment, account) if layer is not None]
        names = [
            name
            for name, layer in (("environment", environment), ("account", account))
            if layer is not None
        ]
        return _merged(base, layers, tuple(names), loaded, target, method)

    def _base(self, loaded: LoadedIntegration, target: Target, method: str) -> Cell | None:
        file = loaded.mappings.get(target.model.name)
        mapping = file.resources.get(target.resource, {}).get(method) if file else None
        if file is None or mapping is None:
            return None
        # Known by identity, which a kept cell holds; a catalogue that is read anew has others.
        known = self._bases.get(id(mapping))
        if known is None:
            if len(self._bases) >= MOST_BASES:
                self._bases.clear()
            name, model = loaded.integration.name, target.model.name
            where = f"{name}/mappings/{model}.yaml: {target.resource}.{method}"
            known = self._bases[id(mapping)] = Cell(mapping, file.reference, where)
        return known


def _inner(override: Any, target: Target, method: str) -> dict[str, Any] | None:
    found: Any = override or {}
    for key in (target.model.name, target.resource, method):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _merged(
    base: Cell | None,
    layers: list[dict[str, Any]],
    names: tuple[str, ...],
    loaded: LoadedIntegration,
    target: Target,
    method: str,
) -> Cell:
    bottom = plain(base.mapping) if base else {}
    # What validates is imported by whoever has an override: decision 0020.
    from waypost.engine.manifest.strict import checked_json  # noqa: PLC0415

    where = f"{loaded.integration.name} {target.model.name}/{target.resource}.{method}"
    try:
        mapping = checked_json(Mapping, encode_json(merged(bottom, *layers)))
    except ValueError as error:
        text = "; ".join(line.strip() for line in str(error).splitlines()[1:3])
        raise ManifestError(f"The override of this mapping is wrong: {text}", where=where) from None
    reference = base.reference if base else {}
    return Cell(mapping, reference, where, (*(("base",) if base else ()), *names))


def _unsupported(loaded: LoadedIntegration, target: Target, method: str) -> MethodNotSupported:
    file = loaded.mappings.get(target.model.name)
    known = sorted(file.resources.get(target.resource, {})) if file else []
    label = loaded.integration.label
    if not known:
        offered = sorted(file.resources) if file else sorted(loaded.mappings)
        return MethodNotSupported(
            f"{label} does not offer {target.model.name}/{target.resource}.",
            details={"offered": offered},
        )
    return MethodNotSupported(
        f"{label} cannot {method} {target.resource}; it can {', '.join(known)}.",
        details={"methods": known},
    )
