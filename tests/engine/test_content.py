import contextlib
import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import ProviderGarbled
from waypost.engine.content import decoded
from waypost.engine.transport import WholeResponse


def response(body, *encodings):
    headers = tuple(("content-encoding", encoding) for encoding in encodings)
    return WholeResponse(200, (("content-type", "text/plain"), *headers), body)


def raw_deflate(body):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


@given(st.binary(max_size=5000))
@pytest.mark.parametrize("encoding", [*PACKERS, "GZIP"])
def test_what_was_packed_is_unpacked(encoding, body):
    packed = response(PACKERS[encoding.lower()](body), encoding)
    plain = decoded(packed, 5000)
    assert (plain.body, plain.headers) == (body, (("content-type", "text/plain"),))


def test_bare_deflate_twice_packed_and_split_archives_are_read():
    assert decoded(response(raw_deflate(b"abc"), "deflate"), 10).body == b"abc"
    twice = gzip.compress(zlib.compress(b"abc"))
    assert decoded(response(twice, "deflate, gzip"), 100).body == b"abc"
    assert decoded(response(gzip.compress(b"ab") + gzip.compress(b"c"), "gzip"), 10).body == b"abc"
    assert decoded(response(gzip.compress(b"abc") + b"\0\0", "gzip"), 10).body == b"abc"


def test_nothing_to_undo_leaves_the_response_alone():
    for plain in (response(b"abc"), response(b"abc", "identity"), response(b"abc", "")):
        assert decoded(plain, 1) is plain
    assert decoded(response(b"", "gzip"), 10).body == b""


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_refused_without_being_unpacked(encoding):
    bomb = PACKERS[encoding](b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    with pytest.raises(ProviderGarbled, match="larger than 1000 bytes"):
        decoded(response(bomb, encoding), 1000)


def test_a_bomb_in_a_bomb_and_many_small_ones_are_refused():
    nested = gzip.compress(gzip.compress(b"\0" * 5_000_000))
    with pytest.raises(ProviderGarbled):
        decoded(response(nested, "gzip, gzip"), 10_000)
    with pytest.raises(ProviderGarbled):
        decoded(response(gzip.compress(b"\0" * 100) * 100, "gzip"), 1000)
    with pytest.raises(ProviderGarbled):
        decoded(response(b"x", "gzip, gzip, gzip"), 1000)


def test_the_limit_itself_is_allowed():
    assert len(decoded(response(gzip.compress(b"x" * 1000), "gzip"), 1000).body) == 1000


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br", "nonsense"])
def test_unknown_encodings_are_the_providers_fault(encoding):
    with pytest.raises(ProviderGarbled, match="cannot read"):
        decoded(response(b"x", encoding), 10)


@given(st.binary(min_size=1), st.sampled_from(["gzip", "deflate"]))
def test_broken_data_is_the_providers_fault(body, encoding):
    with contextlib.suppress(ProviderGarbled):
        decoded(response(body, encoding), 10_000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_an_archive_that_ends_early_is_broken(encoding):
    packed = PACKERS[encoding](b"abc" * 1000)
    with pytest.raises(ProviderGarbled, match="broken"):
        decoded(response(packed[:-3], encoding), 10_000)
