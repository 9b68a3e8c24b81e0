"""The rate budget shared by processes and hosts over Redis or Valkey, and alone when it is away."""

from waypost.adapters.valkey.fleet import Fleet, FleetSettings
from waypost.adapters.valkey.ledger import SharedBudgets

__all__ = ["Fleet", "FleetSettings", "SharedBudgets"]
