"""The cookies that a conversation keeps."""

from smsc.webhooks.client import cookies


def test_cookies_are_set_changed_and_taken_away() -> None:
    kept = cookies.merged({}, ["a=1; Path=/; HttpOnly", 'b="x y"', "c="])
    assert kept == {"a": "1", "b": '"x y"', "c": ""}
    assert cookies.merged(kept, ["a=2; max-age=60", "b=; Max-Age=0", "c=; Max-Age=-1"]) == {
        "a": "2"
    }


def test_malformed_cookies_are_dropped() -> None:
    assert cookies.merged({}, ["=x", "novalue", "a=\x0bx", "a b=c", "ü=x", "a=ü"]) == {}


def test_no_server_fills_our_memory_with_cookies() -> None:
    assert len(cookies.merged({}, [f"c{number}=x" for number in range(500)])) == 50


def test_the_header_names_all() -> None:
    assert cookies.header({"a": "1", "b": "2"}) == "a=1; b=2"
