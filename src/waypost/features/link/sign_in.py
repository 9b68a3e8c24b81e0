"""Signing in at the provider: away with a sealed, single-use state and PKCE, and back with tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waypost.base.asgi import decode_json, encode_json
from waypost.base.errors import (
    AddressUnusable,
    Gone,
    NotFound,
    ProviderError,
    ReauthorizationNeeded,
)
from waypost.base.ids import new_id, token_hash
from waypost.base.log import redact
from waypost.base.secret import Secret
from waypost.engine.auth import OAuthApp, TokenSet, client_credentials, drive, oauth2
from waypost.engine.auth.pkce import new_state, new_verifier
from waypost.engine.manifest.credentials import OAuthCredentials
from waypost.features.link import store
from waypost.features.link.attempt import Candidate
from waypost.features.link.choices import Offer
from waypost.features.link.model import LinkToken, PageOptions, Who, page_options
from waypost.kernel.kernel import Kernel

VISIT_SECONDS = 30 * 60
_SEALED = "sign_in"
_LONGEST_REASON = 300


class SignInFailed(Exception):
    """The provider gave no tokens; `reason` is fit for the person on the page."""

    def __init__(self, reason: str, *, advice: str, who: Who = "you") -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice
        self.who = who


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to the provider's sign-in, as it was begun."""

    environment_id: str
    link_token_id: str
    link_token: Secret
    integration: str
    verifier: Secret
    redirect_uri: str
    fields: Mapping[str, str]
    options: PageOptions

    def __repr__(self) -> str:  # the fields may hold credentials
        return f"Visit({self.integration!r})"


class SignIns:
    """Begin and end visits to providers' sign-in pages."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    async def begin(
        self,
        token: LinkToken,
        link_token: str,
        offer: Offer,
        fields: Mapping[str, str],
        options: PageOptions,
        *,
        redirect_uri: str,
    ) -> str:
        """Remember a visit and return the address to send the browser to; raises SettingInvalid."""
        oauth, state, verifier = _oauth(offer), new_state(), new_verifier()
        url = oauth2.authorization_url(
            oauth,
            await self._app(token, offer),
            redirect_uri=redirect_uri,
            state=state,
            verifier=verifier,
            scopes=token.order.scopes or None,
            fields=fields,
        )
        kept = {
            "link_token": link_token,
            "integration": offer.name,
            "verifier": verifier.reveal(),
            "redirect_uri": redirect_uri,
            "fields": dict(fields),
            "options": options.parameters(),
        }
        await self._store(token, state, Secret(encode_json(kept).decode()))
        return url

    async def _store(self, token: LinkToken, state: str, kept: Secret) -> None:
        now = self._kernel.clock.now()
        async with self._kernel.database.write() as connection:
            sealed = await self._kernel.vault.seal(
                connection, token.environment_id, token.id, {_SEALED: kept}
            )
            await store.add_sign_in(
                connection,
                token.environment_id,
                {
                    "id": new_id(),
                    "digest": token_hash(state),
                    "link_token_id": token.id,
                    "sealed": sealed[_SEALED],
                    "expires_at": now + VISIT_SECONDS,
                },
            )

    async def end(self, state: str) -> Visit:
        """Return the visit that comes back, once; raises NotFound, and Gone when it took too long."""
        stored = None
        if state.isascii():
            async with self._kernel.database.write() as connection:
                stored = await store.take_sign_in(connection, token_hash(state))
        if stored is None:
            raise NotFound("This sign-in is not known here, or has already come back.")
        if stored.expires_at <= self._kernel.clock.now():
            raise Gone("This sign-in took too long.")
        kept = await self._kernel.vault.open(
            stored.environment_id, stored.link_token_id, _SEALED, stored.sealed
        )
        told = decode_json(kept.reveal().encode())
        return Visit(
            stored.environment_id,
            stored.link_token_id,
            Secret(told["link_token"]),
            told["integration"],
            Secret(told["verifier"]),
            told["redirect_uri"],
            told["fields"],
            page_options(told["options"]),
        )

    async def exchange(
        self, visit: Visit, token: LinkToken, offer: Offer, answer: Mapping[str, str]
    ) -> Candidate:
        """Exchange what the provider sent back for tokens; raises SignInFailed, SettingInvalid."""
        code = answer.get("code")
        if answer.get("error") or not code:
            raise _declined(offer.label, answer)
        flow = oauth2.exchange_code(
            _oauth(offer),
            await self._app(token, offer),
            code=code,
            redirect_uri=visit.redirect_uri,
            now=self._kernel.clock.now(),
            verifier=visit.verifier,
            fields=visit.fields,
        )
        tokens = await self._driven(flow, offer)
        return self._candidate(offer, "oauth2", visit.fields, tokens, token)

    async def obtain(
        self, offer: Offer, values: Mapping[str, Secret], token: LinkToken
    ) -> Candidate:
        """Exchange the owner's client id and secret for a token; raises SignInFailed."""
        settings = offer.integration.credentials.oauth2_client_credentials
        if settings is None:
            raise NotFound(f"{offer.label} does not offer client credentials.")
        flow = client_credentials.obtain(settings, values, now=self._kernel.clock.now())
        tokens = await self._driven(flow, offer)
        fields = {name: secret.reveal() for name, secret in values.items()}
        return self._candidate(offer, "oauth2_client_credentials", fields, tokens, token)

    async def _app(self, token: LinkToken, offer: Offer) -> OAuthApp:
        refresher = self._kernel.calls.refresher
        return await refresher.app(offer.integration, token.environment_id, offer.install_id)

    async def _driven(self, flow: Any, offer: Offer) -> TokenSet:
        try:
            return await drive(flow, self._kernel.transport, self._kernel.calls.settings.deadlines)
        except ReauthorizationNeeded as error:
            raise SignInFailed(
                f"{offer.label} did not grant access. {error.message}",
                advice="Start again, and check what you enter.",
            ) from None
        except ProviderError:
            raise SignInFailed(
                f"{offer.label} could not be reached to finish signing in.",
                advice="Try again in a few minutes.",
            ) from None
        except AddressUnusable as error:
            raise SignInFailed(
                f"{offer.label} could not be asked, because of a fault on this server.",
                advice=f"Whoever runs this server must act: {error.message}",
                who="operator",
            ) from None

    def _candidate(
        self,
        offer: Offer,
        auth_format: str,
        fields: Mapping[str, str],
        tokens: TokenSet,
        token: LinkToken,
    ) -> Candidate:
        granted: dict[str, Any] = {"access_token": tokens.access_token.reveal()}
        if tokens.refresh_token is not None:
            granted["refresh_token"] = tokens.refresh_token.reveal()
        if tokens.expires_at is not None:
            granted["expires_in"] = max(0, round(tokens.expires_at - self._kernel.clock.now()))
        if tokens.scope is not None:
            granted["scope"] = tokens.scope
        context = {**fields, "oauth": {"token": granted}, **token.order.context}
        return Candidate(offer, auth_format, context)


def _oauth(offer: Offer) -> OAuthCredentials:
    oauth = offer.integration.credentials.oauth2
    if oauth is None:
        raise NotFound(f"{offer.label} does not offer signing in.")
    return oauth


def _declined(label: str, answer: Mapping[str, str]) -> SignInFailed:
    if answer.get("error") == "access_denied":
        return SignInFailed(
            f"The connection was not allowed at {label}.",
            advice="Start again and allow it, if you still want to connect.",
        )
    said = str(redact(answer.get("error_description") or answer.get("error") or "no code"))
    return SignInFailed(
        f"{label} did not finish signing in: {said[:_LONGEST_REASON]}",
        advice="Start again. If it goes on, tell the app you came from.",
    )
