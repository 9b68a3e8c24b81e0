from waypost.engine.signatures.delivery import Delivery, octets


def test_headers_are_found_whatever_their_case():
    delivery = Delivery({"X-Signature": "a"}, b"body", "https://x")
    assert delivery.header("x-signature") == delivery.header("X-SIGNATURE") == "a"
    assert delivery.header("other") is None
    assert delivery.having({"Other": "b"}).header("other") == "b"
    assert delivery.header("other") is None


def test_any_text_becomes_octets():
    assert octets("é") == b"\xc3\xa9"
    assert isinstance(octets("\ud800"), bytes)
