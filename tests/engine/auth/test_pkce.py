import re

from waypost.base.secret import Secret
from waypost.engine.auth.pkce import challenge, new_state, new_verifier


def test_the_example_of_the_rfc():
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_states_and_verifiers_are_fresh_and_url_safe():
    made = [new_state() for _ in range(50)] + [new_verifier().reveal() for _ in range(50)]
    assert len(set(made)) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", text) for text in made)
