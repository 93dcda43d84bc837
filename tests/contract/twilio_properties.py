"""Which properties each resource's JSON has, and of which type: facts of Twilio's schemas.

Source: https://github.com/twilio/twilio-oai, 2026-04.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

# What a property is, by the mark behind its name; without one it is text. `?`: it may be null.
_KINDS: Final[dict[str, Callable[[Any], object]]] = {
    "": lambda value: isinstance(value, str),
    "#": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "+": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "%": lambda value: isinstance(value, bool),
    "{}": lambda value: isinstance(value, dict),
    "[]": lambda value: isinstance(value, list),
    "$": lambda value: re.fullmatch(r"-?\d+(\.\d+)?", value),  # a number as text
    "@": lambda value: datetime.strptime(value, "%a, %d %b %Y %H:%M:%S +0000"),  # noqa: DTZ007
    "~": lambda value: datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ"),  # noqa: DTZ007
    "=": date.fromisoformat,
    "&": lambda value: value.startswith("/2010-04-01/") and value.split("?")[0].endswith(".json"),
    "://": lambda value: re.match(r"https?://[^/]+/v[12]/", value),
}
_ACCOUNT: Final = "/2010-04-01/Accounts/[^/]+"
_NUMBER: Final = """
  account_sid address_sid address_requirements api_version beta% capabilities{} date_created@
  date_updated@ friendly_name identity_sid phone_number origin sid sms_application_sid
  sms_fallback_method sms_fallback_url sms_method sms_url status_callback status_callback_method
  trunk_sid? uri& voice_receive_mode voice_application_sid voice_caller_id_lookup%
  voice_fallback_method voice_fallback_url voice_method voice_url emergency_status
  emergency_address_sid? emergency_address_status bundle_sid? status type subresource_uris{}
"""
_KEY: Final = "sid friendly_name date_created@ date_updated@"
_ALERT: Final = """
  account_sid alert_text api_version date_created~ date_generated~ date_updated~ error_code$
  log_level more_info request_method request_url resource_sid sid url:// service_sid?
"""
_NOTIFICATION: Final = """
  account_sid api_version call_sid? date_created@ date_updated@ error_code$ log$ message_date@
  message_text more_info request_method request_url sid uri&
"""
_POOLED: Final = "sid account_sid service_sid date_created~ date_updated~ capabilities[] url://"
_COUNTRY: Final = "country iso_country url://"
_CHECKED: Final = """
  sid service_sid account_sid to channel status valid% amount? payee? date_created~ date_updated~
"""
# Method and path of a resource; the key of the array, where it is a list; what each has.
_SHAPES: Final = {
    "account": (
        f"(POST|GET) ({_ACCOUNT}|/2010-04-01/Accounts)",
        "accounts",
        """auth_token date_created@ date_updated@ friendly_name owner_account_sid sid status
        subresource_uris{} type uri&""",
    ),
    "message": (
        f"(POST|GET) {_ACCOUNT}/Messages(/[^/]+)?",
        "messages",
        """body num_segments$ direction from? to date_updated@ price$? error_message? uri&
        account_sid num_media$ status messaging_service_sid? sid date_sent@? date_created@
        error_code#? price_unit? api_version subresource_uris{}""",
    ),
    "feedback": (
        f"POST {_ACCOUNT}/Messages/[^/]+/Feedback",
        None,
        "account_sid message_sid outcome date_created@ date_updated@ uri&",
    ),
    "media": (
        f"GET {_ACCOUNT}/Messages/[^/]+/Media",
        "media_list",
        "account_sid content_type date_created@ date_updated@ parent_sid sid uri&",
    ),
    "incoming_phone_number": (
        f"(POST|GET) {_ACCOUNT}/IncomingPhoneNumbers(/[^/]+)?",
        "incoming_phone_numbers",
        _NUMBER,
    ),
    "available_phone_number_country": (
        f"GET {_ACCOUNT}/AvailablePhoneNumbers(/[A-Z]+)?",
        "countries",
        "country_code country uri& beta% subresource_uris{}",
    ),
    "available_phone_number": (
        f"GET {_ACCOUNT}/AvailablePhoneNumbers/[A-Z]+/[A-Za-z]+",
        "available_phone_numbers",
        """friendly_name phone_number lata? locality? rate_center? latitude+? longitude+? region?
        postal_code? iso_country address_requirements beta% capabilities{}""",
    ),
    "application": (
        f"(POST|GET) {_ACCOUNT}/Applications(/[^/]+)?",
        "applications",
        """account_sid api_version date_created@ date_updated@ friendly_name
        message_status_callback? sid sms_fallback_method sms_fallback_url? sms_method
        sms_status_callback? sms_url? status_callback? status_callback_method uri&
        voice_caller_id_lookup% voice_fallback_method voice_fallback_url? voice_method voice_url?
        public_application_connect_enabled%""",
    ),
    "short_code": (
        f"(POST|GET) {_ACCOUNT}/SMS/ShortCodes(/[^/]+)?",
        "short_codes",
        """account_sid api_version date_created@ date_updated@ friendly_name short_code sid
        sms_fallback_method sms_fallback_url? sms_method sms_url? uri&""",
    ),
    "new_key": (f"POST {_ACCOUNT}/(Signing)?Keys", None, f"{_KEY} secret"),
    "key": (f"GET {_ACCOUNT}/Keys|(POST|GET) {_ACCOUNT}/(Signing)?Keys/[^/]+", "keys", _KEY),
    "signing_key": (f"GET {_ACCOUNT}/SigningKeys", "signing_keys", _KEY),
    "balance": (f"GET {_ACCOUNT}/Balance", None, "account_sid balance$ currency"),
    "usage_record": (
        f"GET {_ACCOUNT}/Usage/Records(/[A-Za-z]+)?",
        "usage_records",
        """account_sid api_version as_of category count$? count_unit? description end_date= price$
        price_unit start_date= subresource_uris{} uri& usage$ usage_unit""",
    ),
    "notifications": (f"GET {_ACCOUNT}/Notifications", "notifications", _NOTIFICATION),
    "notification": (
        f"GET {_ACCOUNT}/Notifications/[^/]+",
        None,
        _NOTIFICATION + "request_variables response_body? response_headers?",
    ),
    "secondary_auth_token": (
        "POST /v1/AuthTokens/Secondary",
        None,
        "account_sid date_created~ date_updated~ secondary_auth_token url://",
    ),
    "auth_token_promotion": (
        "POST /v1/AuthTokens/Promote",
        None,
        "account_sid auth_token date_created~ date_updated~ url://",
    ),
    "messaging_geopermissions": (
        "(PATCH|GET) /v1/Messaging/GeoPermissions",
        None,
        "permissions[]",
    ),
    "iam_keys": ("GET /v1/Keys", "keys", f"{_KEY} flags[]"),
    "iam_new_key": ("POST /v1/Keys", None, f"{_KEY} secret policy{{}}?"),
    "iam_key": ("(POST|GET) /v1/Keys/[^/]+", None, f"{_KEY} policy{{}}?"),
    "service": (
        "(POST|GET) /v1/Services(/[^/]+)?",
        "services",
        """sid account_sid friendly_name date_created~ date_updated~ inbound_request_url?
        inbound_method fallback_url? fallback_method status_callback? sticky_sender% mms_converter%
        smart_encoding% scan_message_content fallback_to_long_code% area_code_geomatch%
        synchronous_validation% validity_period# url:// links{} usecase us_app_to_person_registered%
        use_inbound_webhook_on_number%""",
    ),
    "service_phone_number": (
        "(POST|GET) /v1/Services/[^/]+/PhoneNumbers(/[^/]+)?",
        "phone_numbers",
        f"{_POOLED} phone_number country_code?",
    ),
    "service_short_code": (
        "(POST|GET) /v1/Services/[^/]+/ShortCodes(/[^/]+)?",
        "short_codes",
        f"{_POOLED} short_code country_code?",
    ),
    "service_alpha_sender": (
        "(POST|GET) /v1/Services/[^/]+/AlphaSenders(/[^/]+)?",
        "alpha_senders",
        f"{_POOLED} alpha_sender",
    ),
    "phone_number": (
        r"GET /v2/PhoneNumbers/.+",
        None,
        """calling_country_code? country_code? phone_number national_format? valid%
        validation_errors[] caller_name{}? sim_swap{}? call_forwarding{}? line_status{}?
        line_type_intelligence{}? identity_match{}? reassigned_number{}? sms_pumping_risk{}?
        phone_number_quality_score{}? pre_fill{}? url://""",
    ),
    "alerts": ("GET /v1/Alerts", "alerts", _ALERT),
    "alert": (
        "GET /v1/Alerts/[^/]+",
        None,
        _ALERT + "request_variables response_body? response_headers? request_headers?",
    ),
    "countries": ("GET /v1/Messaging/Countries", "countries", _COUNTRY),
    "country": (
        "GET /v1/Messaging/Countries/[A-Z]+",
        None,
        f"{_COUNTRY} outbound_sms_prices[] inbound_sms_prices[] price_unit",
    ),
    "verify_service": (
        "(POST|GET) /v2/Services(/[^/]+)?",
        "services",
        """sid account_sid friendly_name code_length# lookup_enabled% psd2_enabled%
        skip_sms_to_landlines% dtmf_input_required% tts_name? do_not_share_warning_enabled%
        custom_code_enabled% push{} totp{} default_template_sid whatsapp{} passkeys{}?
        verify_event_subscription_enabled% date_created~ date_updated~ url:// links{}""",
    ),
    "verification": (
        "(POST|GET) /v2/Services/[^/]+/Verifications(/[^/]+)?",
        None,
        f"{_CHECKED} lookup{{}} send_code_attempts[] sna{{}}? url://",
    ),
    "verification_check": (
        "POST /v2/Services/[^/]+/VerificationCheck",
        None,
        f"{_CHECKED} sna_attempts_error_codes[]",
    ),
    "template": (
        "GET /v2/Templates",
        "templates",
        "sid account_sid friendly_name channels[] translations{}",
    ),
}
RESOURCES: Final = tuple(_SHAPES)
_ENVELOPE: Final = """
  first_page_uri& next_page_uri&? previous_page_uri&? uri& page# page_size# start# end#
"""
_META: Final = """
  key page# page_size# first_page_url:// previous_page_url://? next_page_url://? url://
"""


def resource_of(method: str, path: str) -> str:
    """Return the name of the resource that is answered there."""
    asked = f"{method} {path.removesuffix('.json')}"
    (name,) = (name for name, (paths, _, _) in _SHAPES.items() if re.fullmatch(paths, asked))
    return name


def faults(resource: str, answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an answer has otherwise than Twilio's; a list must have an item."""
    _, key, properties = _SHAPES[resource]
    if key is None or key not in answer:
        yield from _compare(answer, properties)
        return
    around = {name: value for name, value in answer.items() if name != key}
    if "meta" in answer:
        yield from _compare(around, "meta{}")
        yield from _compare(answer["meta"], _META)
    elif "Available" not in answer["uri"]:  # those aren't paged
        yield from _compare(around, _ENVELOPE)
    for item in answer[key]:
        yield from _compare(item, properties)


def _compare(found: Mapping[str, Any], properties: str) -> Iterator[str]:
    expected = dict(re.findall(r"(\w+)(\S*)", properties))
    if unlike := expected.keys() ^ found.keys():
        yield f"{sorted(unlike)} in one of the two only"
    for name in expected.keys() & found.keys():
        mark, value = expected[name], found[name]
        if not _is_kind(mark.removesuffix("?"), value) and not (value is None and "?" in mark):
            yield f"{name}{mark} is {value!r}"


def _is_kind(mark: str, value: object) -> bool:
    try:
        return bool(_KINDS[mark](value))
    except (TypeError, ValueError, AttributeError):
        return False
