"""What forms say of webhooks: the SMS ones, and those of voice, which are kept and never used."""

from collections.abc import Mapping
from typing import Final

from api.twilio.answers import truth
from smsc.errors import BadParameter, InvalidUrl
from smsc.provisioning.fields import is_web_url

_MOST_URL: Final = 2048
_MOST_NAME: Final = 64
_METHODS: Final = ("GET", "POST")
# Parameters of Twilio's that belong to no SMS, by the property that shows each.
_UNUSED_URLS: Final = {"VoiceUrl": "voice_url", "VoiceFallbackUrl": "voice_fallback_url"}
_UNUSED_METHODS: Final = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "voice_fallback_method",
}
_UNUSED_TEXTS: Final = {
    "ApiVersion": "api_version",
    "VoiceApplicationSid": "voice_application_sid",
    "VoiceReceiveMode": "voice_receive_mode",
    "TrunkSid": "trunk_sid",
    "IdentitySid": "identity_sid",
    "AddressSid": "address_sid",
    "BundleSid": "bundle_sid",
    "EmergencyStatus": "emergency_status",
    "EmergencyAddressSid": "emergency_address_sid",
}
_UNUSED_FLAGS: Final = {
    "VoiceCallerIdLookup": "voice_caller_id_lookup",
    "PublicApplicationConnectEnabled": "public_application_connect_enabled",
}


def read_url(form: Mapping[str, str], name: str) -> str | None:
    """Read a webhook; empty: none.

    Raises:
        InvalidUrl: no absolute http(s) URL.
    """
    url = form[name].strip()
    if url and (len(url) > _MOST_URL or not is_web_url(url)):
        raise InvalidUrl(name, url)
    return url or None


def read_method(form: Mapping[str, str], name: str) -> str:
    """Read a method; empty: POST.

    Raises:
        BadParameter: it is neither GET nor POST.
    """
    method = form[name].strip().upper() or "POST"
    if method not in _METHODS:
        raise BadParameter(f"{name} must be GET or POST.")
    return method


def read_friendly_name(form: Mapping[str, str]) -> dict[str, object]:
    """Read `FriendlyName`, if it was sent.

    Raises:
        BadParameter: it is too long.
    """
    name = form.get("FriendlyName")
    if name is None:
        return {}
    if len(name) > _MOST_NAME:
        raise BadParameter(f"FriendlyName has more than {_MOST_NAME} characters.")
    return {"friendly_name": name}


def read_sms_fields(form: Mapping[str, str]) -> dict[str, object]:
    """Read what was sent of an SMS URL group, as columns.

    Raises:
        InvalidUrl, BadParameter: one of them can't be used.
    """
    values: dict[str, object] = {}
    for name, column in (("SmsUrl", "sms_url"), ("SmsFallbackUrl", "sms_fallback_url")):
        if name in form:
            values[column] = read_url(form, name)
    for name, column in (("SmsMethod", "sms_method"), ("SmsFallbackMethod", "sms_fallback_method")):
        if name in form:
            values[column] = read_method(form, name)
    return values


def kept_text(unused: Mapping[str, object], name: str) -> str | None:
    """Return what `read_unused` kept of a text, None if it was not sent."""
    text = unused.get(name)
    return text if isinstance(text, str) else None


def kept_flag(unused: Mapping[str, object], name: str, *, default: bool = False) -> bool:
    """Return what `read_unused` kept of a flag."""
    flag = unused.get(name)
    return flag if isinstance(flag, bool) else default


def read_unused(form: Mapping[str, str]) -> dict[str, object]:
    """Read what was sent that no SMS needs, by the property that shows it.

    Raises:
        InvalidUrl, BadParameter: one of them can't be used.
    """
    values: dict[str, object] = {}
    for name, key in _UNUSED_URLS.items():
        if name in form:
            values[key] = read_url(form, name)
    for name, key in _UNUSED_METHODS.items():
        if name in form:
            values[key] = read_method(form, name)
    for name, key in _UNUSED_TEXTS.items():
        if name in form:
            values[key] = form[name][:_MOST_NAME] or None
    for name, key in _UNUSED_FLAGS.items():
        flag = truth(form, name)
        if flag is not None:
            values[key] = flag
    return values
