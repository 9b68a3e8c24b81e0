"""Import accounts and check them: what linking does, without a page."""

from collections.abc import Mapping
from typing import Any

from waypost.base.errors import Forbidden, InvalidRequest, Unprocessable
from waypost.features.accounts.bodies import NewAccount
from waypost.kernel.accounts import Account
from waypost.kernel.calls.check import check_account
from waypost.kernel.calls.probes import Verdict
from waypost.kernel.installs import Install
from waypost.kernel.kernel import Kernel
from waypost.kernel.mappings.checking import check_account_override

_REGIONS = ("wnam", "enam", "apac", "eu")


class Checks:
    """Create accounts from credentials that exist, and say whether credentials work."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    async def bring_in(self, environment_id: str, body: NewAccount) -> Account:
        """Create an account: active at once, or checked first where the body asks for it.

        Raises NotFound for the install, Forbidden where it is switched off, InvalidRequest for
        what the body says.
        """
        kernel = self._kernel
        if body.region is not None and body.region not in _REGIONS:
            raise InvalidRequest(f"region must be one of {', '.join(_REGIONS)}")
        install = await kernel.installs.get(environment_id, body.environment_integration_id)
        _refuse_switched_off(install)
        self.check_override(install.integration, body.unified_model_override)
        refuse_integration_override(body.integration_override)
        overrides = {
            name: body.given()[name]
            for name in ("unified_model_override", "integration_override")
            if body.given().get(name) is not None
        }
        async with kernel.database.write() as connection:
            account = await kernel.accounts.create(
                environment_id,
                tenant_id=body.tenant_id,
                install_id=install.id,
                authentication_method=body.authentication_method
                or kernel.manifests.integration(install.integration).credentials.formats()[0],
                context=body.context,
                region=body.region,
                is_sandbox=body.is_sandbox,
                within=connection,
            )
            if overrides:
                account = await kernel.accounts.update(
                    environment_id, account.id, overrides, within=connection
                )
            if not body.check:
                account = await kernel.accounts.conclude(
                    environment_id, account.id, "validated", within=connection
                )
        return await self.check(account) if body.check else account

    async def check(self, account: Account) -> Account:
        """Run the integration's probes as the account, and let its status say what they found."""
        place = (account.environment_id, account.id)
        verdict = await self._verdict(account)
        accounts = self._kernel.accounts
        async with self._kernel.database.write() as connection:
            # The account stays callable during its checks: only their end moves it.
            if account.status != "connecting":
                await accounts.update(*place, {"status": "connecting"}, within=connection)
            return await accounts.conclude(
                *place,
                "validated" if verdict.passed else "validation_failed",
                error=None if verdict.passed else _error(verdict),
                result=verdict.wire(),
                within=connection,
            )

    async def refuse_switched_off(self, account: Account) -> None:
        """Raise Forbidden where the account's integration is switched off: it cannot be checked."""
        installs = self._kernel.installs
        _refuse_switched_off(await installs.get(account.environment_id, account.install_id))

    def check_override(self, integration: str, override: Mapping[str, Any] | None) -> None:
        """Refuse an account's mapping overrides that cannot be; raises InvalidRequest."""
        if override:
            check_account_override(self._kernel.manifests, integration, override)

    async def _verdict(self, account: Account) -> Verdict:
        kernel = self._kernel
        fresh = await kernel.accounts.for_call(account.environment_id, account.id)
        integration = kernel.manifests.integration(account.integration)
        return await check_account(kernel.calls, fresh, integration)


def _refuse_switched_off(install: Install) -> None:
    if not install.is_enabled:
        raise Forbidden(f"The integration {install.integration} is switched off here.")


def _error(verdict: Verdict) -> dict[str, Any]:
    return {
        "message": verdict.error,
        "type": "validation_error",
        "who_must_act": verdict.blame,
        "advice": verdict.advice,
    }


def refuse_integration_override(override: Mapping[str, Any] | None) -> None:
    """Raise Unprocessable for an account's own changes to its integration: they have no effect yet."""
    if override:
        raise Unprocessable(
            "integration_override has no effect here yet: change the integration's folder, or the "
            "mappings by unified_model_override."
        )
