"""Tracked links, the open pixel and the unsubscribe link, really fetched."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from sandbox.tests.world import World

HTML = (
    '<html><body><p><a href="https://shop.test/a?x=1&amp;y=2">A</a>'
    "<a class=b href='http://shop.test/b'>B</a><a href=\"mailto:x@y.test\">M</a></p></body></html>"
)


def deliver(world: World, **changes: Any) -> tuple[Any, str]:
    """Send, let it land, and return the letter and its email's id."""
    message_id = world.send(**{"html": HTML, **changes}).headers["x-message-id"]
    world.advance(10)
    letter = world.control("GET", f"/outbox/{message_id}")
    return letter, letter["email_id"]


def settings(world: World, **changes: Any) -> None:
    path = f"/domains/{world.domains['shop.test']}/settings"
    assert world.api("PUT", path, json=changes).status_code == 200


def happened(world: World, email_id: str) -> list[str]:
    email = world.api("GET", f"/email/{email_id}").json()["data"]
    return [row["type"] for row in email["activity"]]


def find_links(letter: Any) -> list[str]:
    return re.findall(r"href=[\"'](http[^\"']+)", letter["html"])


def find_pixel(letter: Any) -> str:
    (url,) = re.findall(r'<img src="([^"]+/track/open/[^"]+)"', letter["html"])
    return str(url)


def test_links_lead_on_and_are_noted(world: World) -> None:
    letter, email_id = deliver(world)
    links = find_links(letter)
    assert len(links) == 2
    assert all(link.startswith(f"{world.root}/track/click/") for link in links)
    assert 'href="mailto:x@y.test"' in letter["html"]
    agent = {"User-Agent": "Mozilla/5.0 (iPhone) Mobile Safari/604"}
    first = world.client.get(links[0], headers=agent)
    assert first.status_code == 302
    assert first.headers["location"] == "https://shop.test/a?x=1&y=2"
    world.client.get(links[1])
    assert happened(world, email_id)[3:] == ["clicked", "clicked_unique", "clicked"]
    email = world.api("GET", f"/email/{email_id}").json()["data"]
    assert email["interaction"] == ["clicked"]
    window = {"date_from": 1773140000, "date_to": 1773144010, "event[]": ["clicked"]}
    dated = world.api("GET", "/analytics/date", params=window).json()["data"]["stats"]
    assert sum(row["clicked"] for row in dated) == 2


def test_the_pixel_counts_opens(world: World) -> None:
    letter, email_id = deliver(world)
    answer = world.client.get(find_pixel(letter), headers={"User-Agent": "Thunderbird/1"})
    assert answer.headers["content-type"] == "image/gif"
    assert answer.content.startswith(b"GIF89a")
    world.client.get(find_pixel(letter))
    world.client.head(find_pixel(letter))
    assert happened(world, email_id)[3:] == ["opened", "opened_unique", "opened"]
    window = {"date_from": 1773140000, "date_to": 1773144010}
    readers = world.api("GET", "/analytics/ua-name", params=window).json()["data"]["stats"]
    assert {"name": "Thunderbird", "count": 1} in readers


def test_where_the_pixel_stands(world: World) -> None:
    letter, _ = deliver(world)
    assert re.search(r"<img [^>]+></body></html>$", letter["html"])
    settings(world, track_opens_pixel_on_top=True)
    letter, _ = deliver(world)
    assert re.match(r"<html><body><img [^>]+/track/open/", letter["html"])


@pytest.mark.parametrize("by", ["domain", "message"])
def test_tracking_can_be_off(world: World, by: str) -> None:
    off = {"track_opens": False, "track_clicks": False}
    if by == "domain":
        settings(world, **off)
        letter, _ = deliver(world)
    else:
        letter, _ = deliver(world, settings=off)
    assert letter["html"] == HTML


def test_a_message_may_track_where_its_domain_does_not(world: World) -> None:
    settings(world, track_opens=False, track_clicks=False)
    letter, _ = deliver(world, settings={"track_clicks": True})
    assert "/track/click/" in letter["html"]
    assert "/track/open/" not in letter["html"]


def test_unsubscribing_puts_the_address_on_the_list(world: World) -> None:
    settings(world, track_unsubscribe=True)
    letter, email_id = deliver(world)
    (link,) = [url for url in find_links(letter) if "unsubscribe" in url]
    assert f"unsubscribe: {link}" in letter["text"]
    assert letter["headers"]["List-Unsubscribe"] == f"<{link}>"
    assert letter["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for _ in range(2):
        assert "Unsubscribed" in world.client.post(link, content="List-Unsubscribe=One-Click").text
    assert happened(world, email_id)[3:] == ["unsubscribed"]
    assert world.send().json()["warnings"][0]["type"] == "ALL_SUPPRESSED"


def test_only_the_chosen_footers_are_added(world: World) -> None:
    settings(world, track_unsubscribe=True, track_unsubscribe_plain_enabled=True)
    letter, _ = deliver(world)
    assert "unsubscribe" in letter["text"]
    assert "unsubscribe" not in letter["html"]


def test_a_letter_with_the_link_gets_no_second_one(world: World) -> None:
    settings(world, track_unsubscribe=True)
    letter, email_id = deliver(world, html='<a href="{{ unsubscribe }}">out</a>')
    assert letter["html"].count("/track/unsubscribe/") == 1
    assert world.client.get(find_links(letter)[0]).status_code == 200
    assert happened(world, email_id)[-1] == "unsubscribed"


@pytest.mark.parametrize(
    "path", ["/track/click/69b007c0f10cab3f6e82c94d/0", "/track/open/00.gif", "/track/x", "/track/"]
)
def test_links_of_no_message_are_404(world: World, path: str) -> None:
    assert world.client.get(f"{world.root}{path}").status_code == 404


def test_a_link_that_is_not_there_is_404_and_nothing_happens(world: World) -> None:
    letter, email_id = deliver(world)
    base = find_links(letter)[0].rpartition("/")[0]
    assert world.client.get(f"{base}/9").status_code == 404
    assert happened(world, email_id) == ["queued", "sent", "delivered"]


def test_a_target_cannot_break_out_of_its_header(world: World) -> None:
    letter, _ = deliver(world, html='<a href="https://a.test/&#13;&#10;Set-Cookie:x=é">x</a>')
    answer: httpx.Response = world.client.get(find_links(letter)[0])
    assert "set-cookie" not in answer.headers
    assert answer.headers["location"] == "https://a.test/%0D%0ASet-Cookie:x=%C3%A9"


def test_webhooks_and_lists_tell_the_same_story(world: World) -> None:
    letter, email_id = deliver(world)
    world.client.get(find_pixel(letter))
    world.client.get(find_links(letter)[0])
    path = f"/activity/{world.domains['shop.test']}"
    window = {"date_from": 1773140000, "date_to": 1773144010}
    rows = world.api("GET", path, params=window).json()["data"]
    assert sorted(row["type"] for row in rows) == sorted(happened(world, email_id))
    listed = world.api(
        "GET", "/emails", params={**window, "domain_id": world.domains["shop.test"]}
    ).json()["data"]
    assert listed[0]["interaction"] == ["opened", "clicked"]
