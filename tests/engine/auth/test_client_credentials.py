import pytest
from tests.support.authorization_server import Misbehaviour, RegisteredApp, authorization_server
from tests.support.loopback_transport import LoopbackTransport

from waypost.base.errors import ProviderRefused, ReauthorizationNeeded
from waypost.base.secret import Secret
from waypost.engine.auth import drive
from waypost.engine.auth.client_credentials import obtain
from waypost.engine.manifest.credentials import ClientCredentials, CredentialField
from waypost.engine.transport import Deadlines

pytestmark = pytest.mark.anyio
NOW = 1_790_000_000.0
OWNER = {"client_id": Secret("owner"), "client_secret": Secret("planted:s3cret")}
FIELDS = tuple(CredentialField(name=name, label=name) for name in OWNER)


@pytest.fixture(scope="module")
def server():
    with authorization_server() as running:
        running.apps = {"owner": RegisteredApp("owner", OWNER["client_secret"].reveal())}
        yield running


async def obtained(server, credentials=OWNER, **changes):
    settings = ClientCredentials(token_url=server.token_url, fields=FIELDS, **changes)
    flow = obtain(settings, credentials, now=NOW)
    return await drive(flow, LoopbackTransport(), Deadlines(first_byte=5))


@pytest.mark.parametrize("authentication", ["basic", "body"])
async def test_id_and_secret_become_a_token(server, authentication):
    tokens = await obtained(server, client_authentication=authentication, scopes=("a", "b"))
    assert tokens.access_token.reveal() in server.access_tokens
    assert (tokens.refresh_token, tokens.expires_at) == (None, NOW + 3600)
    assert server.asked[-1]["scope"] == "a b"


@pytest.mark.parametrize("authentication", ["basic", "body"])
async def test_a_client_the_provider_does_not_know_must_be_linked_again(server, authentication):
    wrong = OWNER | {"client_secret": Secret("planted-wrong")}
    with pytest.raises(ReauthorizationNeeded, match="invalid_client") as caught:
        await obtained(server, wrong, client_authentication=authentication)
    assert "planted" not in str(caught.value) + repr(vars(caught.value))


async def test_a_401_in_the_providers_own_words_counts_too_but_a_gateways_page_does_not(server):
    server.misbehave = [Misbehaviour(401, b'{"message":"bad key"}')]
    with pytest.raises(ReauthorizationNeeded, match="bad key"):
        await obtained(server)
    server.misbehave = [Misbehaviour(401, b"<html>", "text/html")]
    with pytest.raises(ProviderRefused):
        await obtained(server)


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
async def test_a_missing_credential_is_named_and_nothing_is_sent(server, missing):
    before = len(server.asked)
    with pytest.raises(ReauthorizationNeeded, match=missing):
        await obtained(server, {name: OWNER[name] for name in OWNER if name != missing})
    with pytest.raises(ReauthorizationNeeded, match=missing):
        await obtained(server, OWNER | {missing: Secret("")})
    assert len(server.asked) == before


async def test_parameters_may_name_credentials(server):
    server.misbehave = [Misbehaviour(200, b'{"access_token":"a"}')]
    parameters = {"audience": "{{credentials.client_id}}"}
    await obtained(server, token_parameters=parameters)
    assert server.asked[-1]["audience"] == "owner"
