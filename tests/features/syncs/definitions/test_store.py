"""Jobs and templates are kept apart, and pages hold them all."""

from tests.support.syncs import request
from tests.support.world import Environment


def test_jobs_are_no_templates(environment: Environment) -> None:
    nodes = [request("users", "user-directory/users")]
    job = environment.made("/sync-job", resources=nodes, label="A")
    template = environment.made("/sync-job-template", resources=nodes, label="B")
    assert environment.get(f"/sync-job-template/{job}").status_code == 404
    assert environment.get(f"/sync-job/{template}").status_code == 404
    found = environment.get("/sync-job?label=A").json()["result"]
    assert [each["id"] for each in found] == [job]
    assert environment.get("/sync-job?label=B").json()["result"] == []


def test_every_page_goes_on(environment: Environment) -> None:
    made = {environment.made("/sync-job", label=str(number)) for number in range(5)}
    seen: list[str] = []
    path = "/sync-job?limit=2"
    for _ in range(3):
        page = environment.get(path).json()
        seen += [each["id"] for each in page["result"]]
        path = f"/sync-job?limit=2&next_cursor={page['next_cursor']}"
    assert (set(seen), len(seen), page["next_cursor"]) == (made, 5, None)
