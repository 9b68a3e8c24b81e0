"""The unified surface over HTTP: shapes, switches, cursors, layers, side effects."""

import json

import pytest
from tests.support.acme_people import paging, person
from tests.support.raw_provider import answering
from tests.support.world import ACME_KEY, AcmeWorld

USERS = "/unified/user-directory/users"
ROLES = "/unified/user-directory/roles"
PEOPLE = [person(n) for n in (1, 2, 3)]
GUESTS = [{"id": 8, "name": "Guest 8"}, {"id": 9, "name": "Guest 9"}]


@pytest.fixture
def directory(acme: AcmeWorld) -> AcmeWorld:
    """Give a provider with three people on pages of two, and two guests on one."""
    acme.provider.behave(paging(PEOPLE))
    acme.provider.route("GET", "/v1/guests", 200, {"data": GUESTS})
    return acme


def unified(raw, status: str = "active", **more):
    return {"id": str(raw["id"]), "name": raw["name"], "status": status, **more}


def everything(world: AcmeWorld, path: str) -> list[list[str]]:
    """Walk a list to its end; return the ids of each page."""
    pages = []
    cursor: str | None = ""
    while cursor is not None:
        page = world.get(f"{path}&next_cursor={cursor}").json()
        assert page["result_count"] == len(page["result"])
        pages.append([record["id"] for record in page["result"]])
        cursor = page["next_cursor"]
    return pages


def test_list_is_mapped_with_the_raw_record_beside_it(directory: AcmeWorld) -> None:
    answer = directory.get(f"{USERS}?limit=2")
    body = answer.json()
    assert answer.status_code == 200
    assert body["result"] == [unified(raw, remote_data=raw) for raw in PEOPLE[:2]]
    assert (body["result_count"], body["is_partial_response"]) == (2, False)
    assert isinstance(body["next_cursor"], str)
    assert body["prev_cursor"] is None
    assert "warnings" not in body
    assert answer.headers["waypost-origin"] == "provider"
    assert answer.headers["ratelimit-limit"] == "100000"


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 10])
def test_pages_are_never_empty_and_sources_follow_one_another(
    directory: AcmeWorld, limit: int
) -> None:
    pages = everything(directory, f"{USERS}?limit={limit}")
    assert [each for page in pages for each in page] == ["1", "2", "3", "8", "9"]
    assert all(0 < len(page) <= limit for page in pages)


def test_prev_cursor_walks_back(directory: AcmeWorld) -> None:
    pages = []
    cursor: str | None = ""
    while cursor is not None:
        page = directory.get(f"{USERS}?limit=2&next_cursor={cursor}").json()
        pages.append(page)
        cursor = page["next_cursor"]
    assert len(pages) >= 3
    for before in reversed(pages[:-1]):
        back = directory.get(f"{USERS}?limit=2&prev_cursor={page['prev_cursor']}").json()
        assert back["result"] == before["result"]
        page = back
    assert page["prev_cursor"] is None


def test_cursor_of_another_question_is_refused(directory: AcmeWorld) -> None:
    cursor = directory.get(f"{USERS}?limit=2").json()["next_cursor"]
    other = directory.environment.link("acme", {"api_key": ACME_KEY})
    questions = [
        f"{USERS}?integrated_account_id={other}&next_cursor={cursor}",
        directory.path(f"{USERS}?first_name=x&next_cursor={cursor}"),
        directory.path(f"{USERS}?remote_query[a]=1&next_cursor={cursor}"),
        directory.path(f"/unified/user-directory/groups?next_cursor={cursor}"),
        directory.path(f"/proxy/people?next_cursor={cursor}"),
        directory.path(f"{USERS}?next_cursor={cursor[:-1]}"),
        directory.path(f"{USERS}?prev_cursor=abc"),
    ]
    for path in questions:
        answer = directory.environment.get(path)
        assert answer.status_code == 400, path
        assert "cursor" in answer.json()["message"]


def test_key_by_makes_an_object(directory: AcmeWorld) -> None:
    body = directory.get(f"{USERS}?limit=2&truto_key_by=id&truto_exclude_fields=id,status").json()
    assert list(body["result"]) == ["1", "2"]
    assert set(body["result"]["1"]) == {"name", "remote_data"}
    assert body["result_count"] == 2
    answer = directory.get(f"{USERS}?truto_key_by=nothing")
    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)


def test_ignore_limit_asks_for_the_providers_own_page(directory: AcmeWorld) -> None:
    directory.get(f"{USERS}?limit=1")
    assert "limit=1" in directory.provider.last.target
    directory.get(f"{USERS}?limit=1&truto_ignore_limit=true")
    assert "limit=2" in directory.provider.last.target, "the default that the manifest knows"


def test_remote_data_can_be_left_out(directory: AcmeWorld) -> None:
    body = directory.get(f"{USERS}?limit=2&truto_ignore_remote_data=true").json()
    assert body["result"] == [unified(raw) for raw in PEOPLE[:2]]


@pytest.mark.parametrize(
    "spelling",
    [
        "truto_exclude_fields[]=status&truto_exclude_fields[]=remote_data",
        "truto_exclude_fields[0]=status&truto_exclude_fields[1]=remote_data",
        "truto_exclude_fields=status&truto_exclude_fields=remote_data",
        "truto_exclude_fields=status,remote_data",
        "truto_exclude_fields%5B%5D=status,remote_data",
    ],
)
def test_excluded_fields_in_every_spelling(directory: AcmeWorld, spelling: str) -> None:
    result = directory.get(f"{USERS}?limit=1&{spelling}").json()["result"]
    assert result == [{"id": "1", "name": "Person 1"}]


def test_query_is_static_then_mapped_then_remote(directory: AcmeWorld) -> None:
    directory.get(f"{USERS}?first_name=Ada&remote_query[view]=thin&remote_query[deep][x]=1")
    target = directory.provider.received[0].target
    assert "name=Ada" in target
    assert "view=thin" in target
    assert "deep%5Bx%5D=1" in target
    assert "first_name" not in target


def test_normalized_has_every_field_and_no_raw_record(directory: AcmeWorld) -> None:
    record = directory.get(f"{USERS}?limit=1&truto_response_format=normalized").json()["result"][0]
    assert record["id"] == "1"
    assert record["title"] is None
    assert "remote_data" not in record


def test_raw_is_what_the_provider_said(directory: AcmeWorld) -> None:
    answer = directory.get(f"{USERS}?truto_response_format=raw&remote_query[page]=2")
    assert answer.json() == {"data": PEOPLE[2:], "more": False}
    assert "page=2" in directory.provider.last.target
    directory.provider.behave(answering(200, b'{ "odd":  1.10}', Content_Type="application/json"))
    for form in ("raw", "stream"):
        answer = directory.get(f"{USERS}/7?truto_response_format={form}")
        assert answer.content == b'{ "odd":  1.10}'
        assert answer.headers["content-type"] == "application/json"
        record = directory.environment.records()[0]
        assert (record["status"], record["bytes_out"]) == (200, len(answer.content))
    assert directory.busy == 0


def test_stream_reports_a_refusal_like_the_others(directory: AcmeWorld) -> None:
    directory.provider.behave(answering(404, {"message": "gone"}))
    answer = directory.get(f"{USERS}/7?truto_response_format=stream")
    assert (answer.status_code, answer.json()["raw_response"]) == (404, {"message": "gone"})
    assert directory.busy == 0
    assert directory.environment.records()[0]["status"] == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("truto_response_format=xml", "one of unified, raw, normalized, stream"),
        ("truto_super_query=apac", "live"),
        ("truto_exclude_field=id", "truto_exclude_field is not a switch here"),
        ("truto_ignore_remote_data=perhaps", "true or false"),
        ("truto_key_by[]=id&truto_key_by[]=name", "truto_key_by is one field"),
        ("truto_response_format[]=raw", "truto_response_format is one of"),
    ],
)
def test_switch_that_makes_no_sense(directory: AcmeWorld, query: str, said: str) -> None:
    answer = directory.get(f"{USERS}?limit=1&{query}")
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_get_create_update_delete(acme: AcmeWorld) -> None:
    raw = person(7)
    acme.provider.behave(answering(200, {"data": raw}))
    wanted = {"id": "7", "name": "Person 7", "remote_data": raw}
    assert acme.get(f"{USERS}/7").json() == wanted
    acme.provider.behave(answering(201, {"data": raw}))
    answer = acme.post(USERS, json={"name": "Person 7"})
    assert (answer.status_code, answer.json()) == (201, wanted)
    assert json.loads(acme.provider.last.body) == {"source": "waypost", "name": "Person 7"}
    # As `curl -d` labels what it sends: the mapping must see it all the same.
    as_form = {"content-type": "application/x-www-form-urlencoded"}
    answer = acme.post(USERS, content=b'{"name": "Person 7"}', headers=as_form)
    assert (answer.status_code, answer.json()) == (201, wanted)
    assert json.loads(acme.provider.last.body) == {"source": "waypost", "name": "Person 7"}
    acme.provider.behave(answering(200, {"data": raw}))
    answer = acme.request("PATCH", f"{USERS}/7", json={"name": "Person 7"})
    assert (answer.status_code, answer.json()) == (200, wanted)
    assert acme.provider.last.verb == "PATCH"
    acme.provider.behave(answering(204))
    answer = acme.request("DELETE", f"{USERS}/7")
    assert (answer.status_code, answer.json()) == (200, {"id": "7"})
    assert acme.provider.last.target == "/v1/people/7"
    methods = [record["method"] for record in acme.environment.records()]
    assert methods == ["delete", "update", "create", "create", "get"]


def test_body_passthrough_sends_the_bytes(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, {"data": person(1)}))
    form = {"content-type": "text/x-odd"}
    acme.request(
        "PATCH", f"{USERS}/1?truto_body_passthrough=true", content=b"\x00odd", headers=form
    )
    assert acme.provider.last.body == b"\x00odd"
    assert acme.provider.last.header("content-type") == "text/x-odd"


def test_records_made_by_the_mapping_have_no_raw_record(acme: AcmeWorld) -> None:
    body = acme.get(f"{ROLES}?limit=1").json()
    assert body["result"] == [{"id": "admin", "name": "Admin", "remote_data": None}]
    rest = acme.get(f"{ROLES}?limit=1&next_cursor={body['next_cursor']}").json()
    assert [role["id"] for role in rest["result"]] == ["guest"]
    assert rest["next_cursor"] is None
    assert acme.get(f"{ROLES}/guest").json()["name"] == "Guest"
    assert acme.get(f"{ROLES}/none").status_code == 404
    assert acme.get(f"{ROLES}?truto_response_format=raw").status_code == 400
    assert not acme.provider.received


def test_misfit_is_a_warning_and_the_record_stays(directory: AcmeWorld) -> None:
    directory.environment.change(
        directory.account,
        unified_model_override={
            "user-directory": {
                "users": {"list": {"response_mapping": '{"id": $string(response.id), "name": 7}'}}
            }
        },
    )
    body = directory.get(f"{USERS}?limit=1").json()
    assert body["result"][0]["name"] == 7
    assert body["warnings"] == [
        {
            "type": "misfit",
            "record": "1",
            "field": "name",
            "message": body["warnings"][0]["message"],
        }
    ]
    assert "string" in body["warnings"][0]["message"]


def test_dropped_records_are_counted(directory: AcmeWorld) -> None:
    mapping = 'response.id = 1 ? null : {"id": $string(response.id)}'
    directory.environment.change(
        directory.account,
        unified_model_override={
            "user-directory": {"users": {"list": {"response_mapping": mapping}}}
        },
    )
    body = directory.get(f"{USERS}?limit=2").json()
    assert [record["id"] for record in body["result"]] == ["2", "3"]
    assert body["warnings"] == [
        {
            "type": "dropped",
            "count": 1,
            "message": "The mapping dropped 1 of the provider's records on this page.",
        }
    ]


def test_partial_lists_say_so(directory: AcmeWorld) -> None:
    directory.provider.behave(paging([person(1, thin=True)]))
    assert directory.get(f"{USERS}?limit=1").json()["is_partial_response"] is True


def test_three_layers(directory: AcmeWorld) -> None:
    environment = directory.environment
    name = "response_mapping"
    model = next(
        row
        for row in environment.get("/unified-model").json()["result"]
        if row["name"] == "user-directory"
    )
    installed = environment.made("/environment-unified-model", unified_model_id=model["id"])
    environment.made(
        "/environment-unified-model-resource-method",
        environment_unified_model_id=installed,
        resource_name="users",
        integration_name="acme",
        method_name="list",
        config={name: '{"id": "env", "name": response.name}', "query": {"view": "env"}},
    )
    assert directory.get(f"{USERS}?limit=1").json()["result"][0]["id"] == "env"
    assert "view=env" in directory.provider.last.target
    environment.change(
        directory.account,
        unified_model_override={
            "user-directory": {
                "users": {"list": {name: '{"id": "account", "name": response.name}'}}
            }
        },
    )
    assert directory.get(f"{USERS}?limit=1").json()["result"][0]["id"] == "account"
    assert "view=env" in directory.provider.last.target, "layers merge"
    meta = directory.get(f"{USERS}/meta/list").json()
    assert meta["layers"] == ["base", "environment", "account"]
    assert meta["response_mapping"] == '{"id": "account", "name": response.name}'
    assert meta["default_query"] == {"view": "env"}
    other = environment.link("acme", {"api_key": ACME_KEY})
    answer = environment.get(f"{USERS}?limit=1&integrated_account_id={other}")
    assert answer.json()["result"][0]["id"] == "env"


def test_refusal_of_the_provider(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(422, {"message": "wrong name"}, X_Trace="t"))
    answer = acme.post(USERS, json={"name": ""})
    body = answer.json()
    assert (answer.status_code, body["statusCode"], body["message"]) == (422, 422, "wrong name")
    assert body["truto_is_remote_error"] is True
    assert body["raw_response"] == {"message": "wrong name"}
    assert body["truto_error_insight"]["remote_error"]["description"] == "wrong name"
    assert answer.headers["x-trace"] == "t"


def test_401_and_back(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(401, {"message": "bad key"}))
    answer = acme.get(USERS)
    assert (answer.status_code, answer.json()["truto_is_remote_error"]) == (401, True)
    account = acme.environment.account(acme.account)
    assert account["status"] == "needs_reauth"
    assert account["last_error"]["message"]
    assert acme.environment.records()[0]["needs_reauth"]
    acme.get(USERS)
    acme.provider.behave(answering(200, {"data": []}))
    assert acme.get(USERS).status_code == 200
    account = acme.environment.account(acme.account)
    assert (account["status"], account["last_error"]) == ("active", None)
    assert acme.environment.events()[-2:] == [
        "integrated_account:authentication_error",
        "integrated_account:reactivated",
    ]


def test_403_is_only_remembered(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(403, {"message": "no"}))
    before = acme.environment.events()
    answer = acme.post(USERS, json={"name": "x"})
    assert "forbidden_error" in answer.json()["truto_error_insight"]
    account = acme.environment.account(acme.account)
    assert account["status"] == "active"
    assert account["last_forbidden_error"]["missing_scopes"] == []
    assert account["last_forbidden_error"]["method"] == "create"
    assert acme.environment.events() == before
    acme.provider.behave(answering(200, {"data": person(1)}))
    acme.get(f"{USERS}/1")
    assert acme.environment.account(acme.account)["last_forbidden_error"] is None


def test_record_tells_resource_method_and_sizes(directory: AcmeWorld) -> None:
    answer = directory.get(f"{USERS}?limit=4")
    record = directory.environment.records()[0]
    assert (record["surface"], record["resource"]) == ("unified", "user-directory/users")
    assert (record["method"], record["status"], record["result_count"]) == ("list", 200, 4)
    assert record["bytes_out"] == len(answer.content)


def test_sandbox_account_is_read_only(acme: AcmeWorld) -> None:
    account = acme.environment.link("acme", {"api_key": ACME_KEY}, is_sandbox=True)
    query = f"?integrated_account_id={account}"
    assert acme.environment.get(f"{USERS}{query}").status_code == 200
    assert acme.environment.post(f"{USERS}{query}", json={"name": "x"}).status_code == 405


def test_mapping_chooses_words_and_headers(acme: AcmeWorld) -> None:
    cell = {
        "error_mapping": 'status = 422 ? {"status": 409, "message": "Taken: " & response.message}',
        "response_header_mapping": '{"x-kind": response.status}',
    }
    acme.environment.change(
        acme.account, unified_model_override={"user-directory": {"users": {"create": cell}}}
    )
    acme.provider.behave(answering(422, {"message": "wrong name"}))
    answer = acme.post(USERS, json={"name": "x"})
    assert (answer.status_code, answer.json()["message"]) == (409, "Taken: wrong name")
    assert answer.json()["raw_response"] == {"message": "wrong name"}
    assert acme.environment.records()[0]["status"] == 409
    acme.provider.behave(answering(201, {"data": person(1)}))
    assert acme.post(USERS, json={"name": "x"}).headers["x-kind"] == "active"
