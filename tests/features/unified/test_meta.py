"""What a unified method takes and gives, told before it is called."""

from tests.support.world import AcmeWorld, World

USERS = "/unified/user-directory/users"


def test_meta_of_a_method_for_an_account(world: World) -> None:
    meta = world.get(f"{USERS}/meta/list").json()
    assert meta["method"] == "list"
    assert meta["supported_filters"] == ["emails", "first_name", "last_name", "status"]
    assert {"limit", "next_cursor"} <= set(meta["query_schema"]["properties"])
    assert meta["schema"]["properties"]["id"]
    assert meta["layers"] == ["base"]
    assert meta["response_mapping"]
    created = world.get(f"{USERS}/meta/create").json()
    assert created["request_body_schema"]["required"] == ["emails", "roles"]
    assert "limit" not in created["query_schema"]["properties"]
    assert not world.environment.records(), "asking costs no call"


def test_meta_for_an_integration_has_response_schemas(world: World) -> None:
    get = world.environment.get
    listed = get(f"{USERS}/mailersend/meta/list").json()["response_schema"]
    assert listed["properties"]["result"]["items"]["properties"]["id"]
    deleted = get(f"{USERS}/mailersend/meta/delete").json()["response_schema"]
    assert set(deleted["properties"]) == {"id"}
    single = get(f"{USERS}/mailersend/meta/get").json()["response_schema"]
    assert single["properties"]["emails"]


def test_meta_of_a_whole_integration(world: World) -> None:
    get = world.environment.get
    described = get("/unified/meta/user-directory/mailersend").json()
    assert {"users", "roles", "me"} <= set(described["resources"])
    assert set(described["resources"]["users"]) >= {"list", "get", "create", "update", "delete"}
    page = get("/unified/meta/user-directory/mailersend?format=md")
    assert page.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "Filters: emails, first_name, last_name, status." in page.text


def test_meta_as_a_page_is_escaped(world: World) -> None:
    page = world.environment.get("/unified/meta/user-directory/mailersend?format=html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "invitation&#x27;s id" in page.text


def test_meta_that_is_not_there(acme: AcmeWorld) -> None:
    get = acme.environment.get
    assert get("/unified/meta/user-directory/nothing").status_code == 404
    assert get("/unified/meta/user-directory").status_code == 404
    assert get("/unified/meta/user-directory/acme?format=pdf").status_code == 400
    assert get(f"{USERS}/nothing/meta/list").status_code == 404
    assert get(f"{USERS}/acme/meta/remove").status_code == 404
    assert acme.get("/unified/user-directory/activities/meta/list").status_code == 405
    token = acme.environment.account_token(acme.account)
    assert get("/unified/meta/user-directory/acme", token=token).status_code == 403
