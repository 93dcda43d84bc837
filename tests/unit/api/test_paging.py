import pytest

from api.paging import PageRequest, envelope, read_page_request
from smsc.errors import BadParameter

SID = "SM" + "0" * 32
OTHER = "SM" + "1" * 32
PATH = "/2010-04-01/Accounts/AC1/Messages.json"


def test_without_parameters_the_first_page_of_fifty_is_meant() -> None:
    assert read_page_request({}) == PageRequest(size=50, number=0, sid=None)


@pytest.mark.parametrize(("asked", "size"), [("1", 1), ("1000", 1000), ("5000", 1000), ("", 50)])
def test_a_page_has_a_thousand_rows_at_most(asked: str, size: int) -> None:
    assert read_page_request({"PageSize": asked}).size == size


@pytest.mark.parametrize(("token", "newer"), [(f"PA{SID}", False), (f"PB{SID}", True)])
def test_a_token_says_where_a_page_begins_and_which_way(token: str, *, newer: bool) -> None:
    asked = read_page_request({"PageToken": token, "Page": "3", "PageSize": "2"})
    assert asked == PageRequest(2, 3, SID, towards_newer=newer)


@pytest.mark.parametrize(
    "query",
    [
        {"PageSize": "0"},
        {"PageSize": "-1"},
        {"PageSize": "½"},
        {"Page": "1"},
        {"PageToken": SID},
        {"PageToken": "PC" + SID},
        {"PageToken": "PA' OR 1=1"},
    ],
    ids=str,
)
def test_what_no_answer_of_ours_contained_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(BadParameter):
        read_page_request(query)


def test_a_page_in_the_middle_leads_both_ways() -> None:
    asked = PageRequest(2, 3, "SM" + "f" * 32)
    shown = envelope(PATH, [("To", "+1")], asked, [OTHER, SID], has_older=True, has_newer=True)
    assert shown == {
        "first_page_uri": f"{PATH}?To=%2B1&PageSize=2&Page=0",
        "next_page_uri": f"{PATH}?To=%2B1&PageSize=2&Page=4&PageToken=PA{SID}",
        "previous_page_uri": f"{PATH}?To=%2B1&PageSize=2&Page=2&PageToken=PB{OTHER}",
        "uri": f"{PATH}?To=%2B1&PageSize=2&Page=3&PageToken=PASM{'f' * 32}",
        "page": 3,
        "page_size": 2,
        "start": 6,
        "end": 7,
    }


def test_an_empty_list_begins_and_ends_at_zero() -> None:
    shown = envelope(PATH, [], PageRequest(), [], has_older=False, has_newer=False)
    assert (shown["start"], shown["end"]) == (0, 0)
    assert shown["next_page_uri"] is None
    assert shown["previous_page_uri"] is None
