"""What the API reference says of bodies and lists."""

from waypost.kernel.wire import Body, lists, takes


class Letter(Body):
    """A letter."""

    subject: str
    copies: int = 1


def test_a_body_is_described() -> None:
    body = takes(Letter)["requestBody"]
    assert body["required"] is True
    schema = body["content"]["application/json"]["schema"]
    assert schema["required"] == ["subject"]
    assert schema["additionalProperties"] is False


def test_a_list_is_described() -> None:
    described = lists({"name": "text", "created_at": "moment"}, limit=100)
    by_name = {each["name"]: each for each in described["parameters"]}
    assert set(by_name) == {"name", "created_at", "sort", "limit", "next_cursor"}
    assert by_name["limit"]["schema"]["maximum"] == 100
    assert by_name["created_at"]["schema"]["format"] == "date-time"
    page = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert page["required"] == ["result", "next_cursor", "limit"]
