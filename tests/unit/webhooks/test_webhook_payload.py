"""Which parameters are sent, and how they are encoded."""

from urllib.parse import parse_qsl, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.webhooks.payload import (
    encode_form,
    form_of,
    inbound,
    status_callback,
    status_form,
    with_failure,
)

SM = "SM" + "0" * 32
AC = "AC" + "1" * 32
MG = "MG" + "2" * 32


def test_a_status_callback_has_the_parameters_that_are_always_there() -> None:
    params = status_callback(
        message_sid=SM, account_sid=AC, status="sent", to="+15005550006", from_="Clinic"
    )
    assert dict(params) == {
        "MessageSid": SM,
        "SmsSid": SM,
        "MessageStatus": "sent",
        "SmsStatus": "sent",
        "To": "+15005550006",
        "From": "Clinic",
        "AccountSid": AC,
        "ApiVersion": "2010-04-01",
    }


def test_a_status_callback_of_a_failure_has_its_code_and_the_carrier_s_date() -> None:
    params = dict(
        status_callback(
            message_sid=SM,
            account_sid=AC,
            status="undelivered",
            to="+15005550006",
            from_="+15005550007",
            messaging_service_sid=MG,
            error_code=30008,
            raw_dlr_done_date="2404011200",
        )
    )
    assert params["MessagingServiceSid"] == MG
    assert params["ErrorCode"] == "30008"
    assert params["ErrorMessage"] == "Unknown error"
    assert params["RawDlrDoneDate"] == "2404011200"


def test_an_inbound_request_has_every_parameter_of_the_contract() -> None:
    params = inbound(
        message_sid=SM,
        account_sid=AC,
        to="+15005550006",
        from_="+85512345678",
        body="",
        num_segments=2,
        from_country="KH",
    )
    facts = dict(params)
    assert len(facts) == len(params)
    assert facts["MessageSid"] == facts["SmsSid"] == facts["SmsMessageSid"] == SM
    assert facts["SmsStatus"] == "received"
    assert (facts["Body"], facts["NumMedia"], facts["NumSegments"]) == ("", "0", "2")
    assert (facts["FromCountry"], facts["ToCountry"]) == ("KH", "")
    places = {f"{side}{place}" for side in ("From", "To") for place in ("City", "State", "Zip")}
    assert {facts[place] for place in places} == {""}
    assert "OptOutType" not in facts
    assert "MessagingServiceSid" not in facts


def test_an_inbound_request_tells_the_service_and_the_kind_of_opt_out() -> None:
    params = dict(
        inbound(
            message_sid=SM,
            account_sid=AC,
            to="1",
            from_="2",
            body="STOP",
            messaging_service_sid=MG,
            opt_out_type="STOP",
        )
    )
    assert (params["MessagingServiceSid"], params["OptOutType"]) == (MG, "STOP")


def test_the_fallback_gets_the_same_parameters_and_the_error() -> None:
    params = with_failure([("Body", "x")], 11200, "https://example.org/")
    assert params == [
        ("Body", "x"),
        ("ErrorCode", "11200"),
        ("ErrorUrl", "https://example.org/"),
    ]


texts = st.text(st.characters(codec="utf-8"))


@settings(max_examples=300)
@given(st.lists(st.tuples(texts, texts)))
def test_the_form_reads_back_as_it_was(params: list[tuple[str, str]]) -> None:
    encoded = encode_form(params).decode()
    assert encoded == urlencode(params)
    assert parse_qsl(encoded, keep_blank_values=True) == params


def test_a_number_is_encoded_with_its_plus_sign() -> None:
    assert encode_form([("To", "+15005550006"), ("Body", "a b")]) == b"To=%2B15005550006&Body=a+b"


words = st.text(st.characters(codec="utf-8"), max_size=12)


@given(
    to=words | st.just("+15005550006"),
    from_=words | st.just("+15005550001"),
    service=st.none() | st.just("MG" + "0" * 32),
    error_code=st.none() | st.integers(0, 99999),
    done_date=st.none() | st.just("2611260147") | words,
)
def test_a_status_form_is_the_form_of_its_parameters(
    to: str, from_: str, service: str | None, error_code: int | None, done_date: str | None
) -> None:
    facts = {
        "message_sid": "SM" + "1" * 32,
        "account_sid": "AC" + "2" * 32,
        "status": "delivered",
        "to": to,
        "from_": from_,
    }
    rest = {"error_code": error_code, "raw_dlr_done_date": done_date}
    params = status_callback(**facts, messaging_service_sid=service, **rest)  # type: ignore[arg-type]
    made = status_form(**facts, messaging_service_sid=service, **rest)  # type: ignore[arg-type]
    assert made == form_of(params)
    assert made.encoded.encode() == encode_form(params)
