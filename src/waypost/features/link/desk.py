"""What the link page serves: from a link token to choices, and from a submitted form to an outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from waypost.base.errors import InvalidRequest, NotFound, Unprocessable
from waypost.base.secret import Secret
from waypost.features.link.ask import Ask
from waypost.features.link.attempt import Candidate, Linking, Tell
from waypost.features.link.choices import (
    Offer,
    credential_fields,
    narrowed,
    pick,
    pick_format,
)
from waypost.features.link.fields import read_form
from waypost.features.link.model import LinkOrder, LinkToken, PageOptions
from waypost.features.link.outcome import Outcome
from waypost.features.link.sign_in import SignInFailed, SignIns, Visit
from waypost.features.link.tokens import LinkTokens
from waypost.kernel.kernel import Kernel


@dataclass(frozen=True, slots=True)
class Request:
    """A form that was read and found right, ready to be tried."""

    token: LinkToken
    offer: Offer
    auth_format: str
    values: Mapping[str, Secret]


class Desk:
    """Bring tokens, offers, forms and attempts together."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.tokens = LinkTokens(kernel.database, kernel.vault, clock=kernel.clock)
        self.sign_ins = SignIns(kernel)
        self._linking = Linking(kernel, self.tokens)

    async def order(self, environment_id: str, order: LinkOrder) -> Secret:
        """Make a link token; raises NotFound for an account or unified model that is not here."""
        if order.account_id is not None:
            await self._kernel.accounts.get(environment_id, order.account_id)
        models = [await self._model(environment_id, each) for each in order.unified_models]
        return await self.tokens.create(
            environment_id, replace(order, unified_models=tuple(models))
        )

    async def _model(self, environment_id: str, key: str) -> str:
        """Return a unified model's name by its name, its id, or its install's id; raises NotFound."""
        try:
            return self._kernel.manifests.model(key).name
        except NotFound:
            return (await self._kernel.mappings.get_model(environment_id, key)).model

    async def offers(self, token: LinkToken, options: PageOptions) -> list[Offer]:
        """Return what may be linked with a token: for one to link again, its own integration."""
        again = await self._again(token)
        installed: list[Offer] = []
        page = await self._kernel.installs.list(token.environment_id)
        for install in page.items:
            loaded = self._kernel.manifests.catalog.integrations.get(install.integration)
            if loaded is None or not install.is_enabled:
                continue
            if again is not None and install.id == again:
                return [Offer(install.id, loaded)]
            # Hidden from the list is not forbidden: it can still be asked for by name.
            if install.show_in_catalog or install.integration == options.integration:
                installed.append(Offer(install.id, loaded))
        if again is not None:
            raise NotFound(
                "The integration of the account to link again is switched off here.",
                details={"error_type": "invalid_integration"},
            )
        if not installed:
            raise NotFound(
                "Nothing can be connected here yet: no integration is switched on "
                "(POST /environment-integration).",
                details={"error_type": "invalid_integration", "reason": "empty"},
            )
        models = [self._kernel.manifests.model(name).name for name in token.order.unified_models]
        return narrowed(installed, models=models, options=options)

    async def _again(self, token: LinkToken) -> str | None:
        """Return the install of the account to link again; raises NotFound when that is gone."""
        if not token.reconnects:
            return None
        try:
            account = await self._kernel.accounts.get(token.environment_id, token.account_id or "")
        except NotFound:
            raise NotFound(
                "The account to link again no longer exists.",
                details={"error_type": "invalid_token", "reason": "unknown"},
            ) from None
        return account.install_id

    async def read(self, ask: Ask) -> Request:
        """Read a submitted form.

        Raises NotFound and Gone for the token, NotFound for the integration, InvalidRequest for
        the format, Unprocessable with `details.failures` for what was typed.
        """
        token = await self.tokens.find(ask.link_token)
        offers = await self.offers(token, ask.options)
        offer = _chosen(offers, ask.options.integration)
        auth_format = pick_format(offer.integration, ask.options.auth_format)
        fields = credential_fields(offer.integration, auth_format)
        filled = read_form(fields, ask.fields, token.order.context)
        if filled.faults:
            failures = [
                {"field": name, "message": message} for name, message in filled.faults.items()
            ]
            raise Unprocessable(
                "; ".join(filled.faults.values()),
                details={
                    "failures": failures,
                    "error_type": "validation_error",
                    "integration": offer.name,
                },
            )
        return Request(token, offer, auth_format, filled.values)

    async def link(self, request: Request, tell: Tell) -> Outcome:
        """Try to link what a form asks for; raises like `Linking.link`."""
        offer, token = request.offer, request.token
        try:
            if request.auth_format == "oauth2_client_credentials":
                candidate = await self.sign_ins.obtain(offer, request.values, token)
            else:
                typed = {name: secret.reveal() for name, secret in request.values.items()}
                context = {**typed, **token.order.context, **_canonical(request)}
                candidate = Candidate(offer, request.auth_format, context)
        except SignInFailed as failure:
            return not_signed_in(offer, failure)
        return await self._linking.link(token, candidate, tell)

    async def visit(self, request: Request, ask: Ask, *, redirect_uri: str) -> str:
        """Return the address of the provider's sign-in for a form that leads there."""
        return await self.sign_ins.begin(
            request.token,
            ask.link_token,
            request.offer,
            {name: secret.reveal() for name, secret in request.values.items()},
            ask.options,
            redirect_uri=redirect_uri,
        )

    async def come_back(
        self, visit: Visit, answer: Mapping[str, str]
    ) -> tuple[LinkToken, Offer, Outcome]:
        """Finish a visit to the provider's sign-in; raises like `read` and `link`."""
        token = await self.tokens.get(visit.environment_id, visit.link_token_id)
        offer = pick(await self.offers(token, visit.options), visit.integration)
        try:
            candidate = await self.sign_ins.exchange(visit, token, offer, answer)
        except SignInFailed as failure:
            return token, offer, not_signed_in(offer, failure)
        return token, offer, await self._linking.link(token, candidate, _silent)


def _chosen(offers: list[Offer], name: str | None) -> Offer:
    if name is None and len(offers) != 1:
        raise InvalidRequest("'integration' is needed: the name of what is to be linked.")
    return offers[0] if name is None else pick(offers, name)


def _canonical(request: Request) -> dict[str, str]:
    """Return the values as the form read them, where the link token provided them roughly."""
    provided = request.token.order.context
    return {name: secret.reveal() for name, secret in request.values.items() if name in provided}


def not_signed_in(offer: Offer, failure: SignInFailed) -> Outcome:
    """Return the outcome of a sign-in without tokens: no account was made."""
    return Outcome(
        offer.name,
        error=failure.reason,
        error_type="connection_error",
        who=failure.who,
        advice=failure.advice,
        retry=True,
    )


async def _silent(_step: Mapping[str, object]) -> None:
    return None
