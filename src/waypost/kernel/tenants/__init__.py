"""The customers' own customers, to whom accounts belong."""

from waypost.kernel.tenants.directory import Tenants
from waypost.kernel.tenants.store import Tenant

__all__ = ["Tenant", "Tenants"]
