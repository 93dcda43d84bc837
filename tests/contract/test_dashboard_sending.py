import re
from collections.abc import Iterator

import pytest

from tests.contract.dashboard_browser import Browser
from tests.contract.dashboard_house import OTHER_SENDER, House
from tests.contract.running_api import HANDSET, SENDER


@pytest.fixture(scope="module")
def owner(house: House) -> Iterator[Browser]:
    with house.browser("carrier-owner") as browser:
        yield browser


def fields(house: House, **changes: str) -> dict[str, str]:
    account = house.customer.account_sid
    return {"account": account, "sender": SENDER, "to": HANDSET, "body": "Hello"} | changes


def written(page: str) -> list[str]:
    return re.findall(r'<p class="text" dir="auto">([^<]*)</p>', page)


def test_a_message_that_is_sent_leads_to_its_page(house: House, owner: Browser) -> None:
    answer = owner.post("/compose", page="/compose", **fields(house, body="Come at 9"))
    assert re.search(r"/messages/SM[0-9a-f]{32}$", answer.url)
    assert "Come at 9" in answer.text


def test_a_form_that_is_sent_twice_sends_one_message(house: House, owner: Browser) -> None:
    once = owner.post("/compose", page="/compose", **fields(house), key="same")
    twice = owner.post("/compose", page="/compose", **fields(house), key="same")
    assert once.url == twice.url


def test_what_is_refused_is_said_beside_what_was_typed(house: House, owner: Browser) -> None:
    answer = owner.post("/compose", page="/compose", **fields(house, to="12", body="Keep this"))
    assert answer.status_code == 400
    assert "not a valid phone number" in answer.text
    assert "Keep this</textarea>" in answer.text


def test_an_account_sends_from_its_own_senders_alone(house: House, owner: Browser) -> None:
    page = owner.get("/compose", account=house.customer.account_sid).text
    assert f'value="{SENDER}"' in page
    assert OTHER_SENDER not in page
    answer = owner.post("/compose", page="/compose", **fields(house, sender=OTHER_SENDER))
    assert answer.status_code == 400


def test_segments_are_counted_while_a_text_is_typed(house: House, owner: Browser) -> None:
    part = owner.post("/compose/count", page="/compose", **fields(house, body="ж" * 71)).text
    assert "UCS-2, 2 segments: GSM 7-bit has no “ж”." in part
    assert "<html" not in part


def test_look_alikes_are_replaced_before_they_are_counted(house: House, owner: Browser) -> None:
    typed = fields(house, body="“Hello”")
    assert "UCS-2" in owner.post("/compose/count", page="/compose", **typed).text
    assert (
        "GSM 7-bit, 1 segment."
        in owner.post("/compose/count", page="/compose", **typed, smart="1").text
    )


def test_the_cost_is_shown_before_it_is_paid(house: House, owner: Browser) -> None:
    house.carrier("POST", "/tariffs", direction="outbound", prefix="855", price="0.05")
    part = owner.post("/compose/count", page="/compose", **fields(house, body="x" * 161)).text
    assert "It costs 0.1 USD." in part


def test_a_developer_sends_for_their_account_and_for_no_other(house: House) -> None:
    with house.browser("account-developer") as developer:
        mine = developer.post("/compose", page="/compose", **fields(house, body="Mine"))
        assert "/messages/SM" in mine.url
        others = fields(house, account=house.other_account, sender=OTHER_SENDER)
        assert developer.post("/compose", page="/compose", **others).status_code == 404


def test_who_only_reads_is_offered_no_way_to_send(house: House, owner: Browser) -> None:
    house.send(to="+85512345600")
    with house.browser("carrier-member") as reader:
        assert "/compose" not in reader.get("/").text
        assert reader.get("/compose").status_code == 404
        pair = {"account": house.customer.account_sid, "ours": SENDER, "theirs": "+85512345600"}
        assert "<textarea" not in reader.get("/conversation", **pair).text
        assert reader.post("/conversation", page="/profile", **pair, body="x").status_code == 404
    assert "<textarea" in owner.get("/conversation", **pair).text


def test_a_conversation_has_both_sides_and_takes_an_answer(house: House, owner: Browser) -> None:
    theirs = "+85512345611"
    house.send("When?", to=theirs)
    pair = {"account": house.customer.account_sid, "ours": SENDER, "theirs": theirs}
    owner.post("/conversation", page="/profile", **pair, body="Hello?")
    page = owner.get("/conversation", **pair).text
    assert written(page) == ["When?", "Hello?"]
    assert theirs in owner.get("/conversations").text
    assert theirs in owner.get("/conversations", **{"with": theirs}).text
    assert theirs not in owner.get("/conversations", **{"with": "+85512345699"}).text


def test_nobody_reads_a_conversation_of_another_account(house: House) -> None:
    other = house.other_account
    asked = {"account_sid": other, "from": OTHER_SENDER, "to": "+85512345622", "body": "secret"}
    house.carrier("POST", "/messages", **asked).raise_for_status()
    pair = {"account": other, "ours": OTHER_SENDER, "theirs": "+85512345622"}
    with house.browser("account-developer") as developer:
        assert developer.get("/conversation", **pair).status_code == 404
        assert "+85512345622" not in developer.get("/conversations").text
    with house.browser("carrier-owner") as owner:
        assert "secret" in owner.get("/conversation", **pair).text


def test_the_carrier_api_sends_counts_and_reads_conversations_too(house: House) -> None:
    account = house.customer.account_sid
    asked = {"account_sid": account, "from": SENDER, "to": "+85512345633", "body": "ж"}
    sent = house.carrier("POST", "/messages", **asked)
    assert sent.status_code == 201
    assert sent.json()["num_segments"] == 1
    counted = house.carrier("POST", "/messages/count", to="+85512345633", body="x" * 161).json()
    assert counted["num_segments"] == 2
    assert counted["connector_sid"] == house.customer.connector_sid
    found = house.carrier("GET", "/conversations?theirs=%2B85512345633").json()["data"]
    assert [(one["ours"], one["latest"]["body"]) for one in found] == [(SENDER, "ж")]
    pair = f"account_sid={account}&ours=%2B15075550123&theirs=%2B85512345633"
    lines = house.carrier("GET", f"/conversations/lines?{pair}").json()["data"]
    assert [line["sid"] for line in lines] == [sent.json()["sid"]]
    missing = house.carrier("POST", "/messages", account_sid=account, to=HANDSET, body="x")
    assert missing.status_code == 400


def test_the_carrier_api_lists_messages_by_pages_and_filters(house: House) -> None:
    sent = [house.send(to="+85512345644") for _ in range(3)]
    first = house.carrier("GET", f"/messages?to=%2B85512345644&from=%2B{SENDER[1:]}&limit=2").json()
    assert [one["sid"] for one in first["data"]] == [sent[2], sent[1]]
    rest = f"/messages?to=%2B85512345644&before={first['older']}"
    second = house.carrier("GET", rest).json()
    assert [one["sid"] for one in second["data"]] == [sent[0]]
    assert second["older"] is None
    assert house.carrier("GET", "/messages?limit=0").status_code == 400


def test_the_carrier_api_asks_for_a_file_and_says_how_far_it_is(house: House) -> None:
    asked = house.carrier("POST", "/message_exports", **{"from": SENDER, "status": "queued"})
    assert asked.status_code == 201
    sid = asked.json()["sid"]
    assert house.carrier("GET", f"/message_exports/{sid}").json()["state"] == "writing"
    assert house.carrier("GET", f"/message_exports/{sid}/csv").status_code == 404
    unknown = house.carrier("POST", "/message_exports", colour="red")
    assert unknown.status_code == 400
