"""What each resource takes, for the description at `/openapi.json`: `*` marks what is required."""

from typing import Any, Final

from pydantic import BaseModel

from smsc.provisioning.advanced_opt_out import AdvancedOptOut

_PAGE: Final = " PageSize Page PageToken"
_SMS_URLS: Final = " SmsUrl SmsMethod SmsFallbackUrl SmsFallbackMethod"
_VOICE: Final = (
    " ApiVersion VoiceUrl VoiceMethod VoiceFallbackUrl VoiceFallbackMethod VoiceCallerIdLookup"
)
_NUMBER: Final = (
    f"FriendlyName SmsApplicationSid StatusCallback StatusCallbackMethod{_SMS_URLS}{_VOICE} "
    "VoiceApplicationSid VoiceReceiveMode TrunkSid IdentitySid AddressSid BundleSid "
    "EmergencyStatus EmergencyAddressSid"
)
_APPLICATION: Final = (
    f"FriendlyName MessageStatusCallback SmsStatusCallback{_SMS_URLS}{_VOICE} StatusCallback "
    "StatusCallbackMethod PublicApplicationConnectEnabled"
)
_SERVICE: Final = (
    "InboundRequestUrl InboundMethod FallbackUrl FallbackMethod StatusCallback StickySender "
    "SmartEncoding MmsConverter ScanMessageContent FallbackToLongCode AreaCodeGeomatch "
    "ValidityPeriod SynchronousValidation Usecase UseInboundWebhookOnNumber"
)
_VERIFY_SERVICE: Final = (
    "CodeLength SkipSmsToLandlines DoNotShareWarningEnabled CustomCodeEnabled LookupEnabled "
    "DtmfInputRequired Psd2Enabled VerifyEventSubscriptionEnabled TtsName"
)
_USAGE: Final = f"Category StartDate EndDate IncludeSubaccounts{_PAGE}"
_FOR_SALE: Final = (
    "AreaCode Contains SmsEnabled MmsEnabled VoiceEnabled FaxEnabled InRegion InLocality "
    "InPostalCode InRateCenter InLata NearLatLong NearNumber Distance PageSize"
)
_AC: Final = "/2010-04-01/Accounts/{account_sid}"

# By method and path, without `.json`: the form of a POST or PATCH, the query of a GET.
PARAMETERS: Final = {
    f"POST {_AC}/Messages": (
        "To* From MessagingServiceSid Body StatusCallback ApplicationSid ValidityPeriod "
        "SmartEncoded ScheduleType SendAt ProvideFeedback ContentRetention AddressRetention "
        "RiskCheck MaxPrice Attempt ForceDelivery MediaUrl SendAsMms ContentSid ContentVariables "
        "ShortenUrls TrafficType PersistentAction FallbackFrom"
    ),
    "POST /v1/Messages/Bulk": (
        "Body* From MessagingServiceSid Lane ValidityPeriod SmartEncoded StatusCallback Paused"
    ),
    "GET /v1/Messages/Bulk": _PAGE,
    "POST /v1/Messages/Bulk/{sid}": "Status*",
    "GET /v1/Messages/Bulk/{sid}/Messages": f"Status{_PAGE}",
    "GET /v1/Messages/Bulk/{sid}/Rejections": "PageSize AfterLine",
    f"GET {_AC}/Messages": f"To From DateSent DateSent< DateSent>{_PAGE}",
    f"POST {_AC}/Messages/{{sid}}": "Body Status",
    f"POST {_AC}/Messages/{{sid}}/Feedback": "Outcome",
    f"GET {_AC}/Messages/{{sid}}/Media": _PAGE,
    "POST /2010-04-01/Accounts": "FriendlyName",
    "GET /2010-04-01/Accounts": f"FriendlyName Status{_PAGE}",
    f"POST {_AC}": "FriendlyName Status",
    f"POST {_AC}/Keys": "FriendlyName",
    f"POST {_AC}/Keys/{{sid}}": "FriendlyName",
    f"GET {_AC}/Keys": _PAGE,
    f"POST {_AC}/SigningKeys": "FriendlyName",
    f"POST {_AC}/SigningKeys/{{sid}}": "FriendlyName",
    f"GET {_AC}/SigningKeys": _PAGE,
    f"POST {_AC}/IncomingPhoneNumbers": f"PhoneNumber AreaCode {_NUMBER}",
    f"POST {_AC}/IncomingPhoneNumbers/{{sid}}": f"AccountSid {_NUMBER}",
    f"GET {_AC}/IncomingPhoneNumbers": f"PhoneNumber FriendlyName Beta Origin{_PAGE}",
    **{
        f"{method} {_AC}/IncomingPhoneNumbers/{kind}": words
        for kind in ("Local", "Mobile", "TollFree")
        for method, words in (
            ("POST", f"PhoneNumber* {_NUMBER}"),
            ("GET", f"PhoneNumber FriendlyName Beta Origin{_PAGE}"),
        )
    },
    **{
        f"GET {_AC}/AvailablePhoneNumbers/{{country}}/{kind}": _FOR_SALE
        for kind in (
            *("Local", "Mobile", "TollFree", "ShortCode"),
            *("National", "Voip", "SharedCost", "MachineToMachine"),
        )
    },
    f"POST {_AC}/Applications": _APPLICATION,
    f"POST {_AC}/Applications/{{sid}}": _APPLICATION,
    f"GET {_AC}/Applications": f"FriendlyName{_PAGE}",
    f"POST {_AC}/SMS/ShortCodes/{{sid}}": f"FriendlyName ApiVersion{_SMS_URLS}",
    f"GET {_AC}/SMS/ShortCodes": f"FriendlyName ShortCode{_PAGE}",
    f"GET {_AC}/Notifications": f"Log MessageDate MessageDate< MessageDate>{_PAGE}",
    f"GET {_AC}/Usage/Records": _USAGE,
    **{
        f"GET {_AC}/Usage/Records/{period}": _USAGE
        for period in (
            *("Daily", "Monthly", "Yearly", "AllTime", "Today", "Yesterday"),
            *("ThisMonth", "LastMonth"),
        )
    },
    "POST /v1/Services": f"FriendlyName* {_SERVICE}",
    "POST /v1/Services/{sid}": f"FriendlyName {_SERVICE}",
    "GET /v1/Services": _PAGE,
    "POST /v1/Services/{service_sid}/PhoneNumbers": "PhoneNumberSid*",
    "GET /v1/Services/{service_sid}/PhoneNumbers": _PAGE,
    "POST /v1/Services/{service_sid}/ShortCodes": "ShortCodeSid*",
    "GET /v1/Services/{service_sid}/ShortCodes": _PAGE,
    "POST /v1/Services/{service_sid}/AlphaSenders": "AlphaSender*",
    "GET /v1/Services/{service_sid}/AlphaSenders": _PAGE,
    "POST /v1/Services/{service_sid}/OptOuts": "Handset*",
    "GET /v1/Services/{service_sid}/OptOuts": f"Handset{_PAGE}",
    "POST /v1/PhoneNumbers/{number_sid}/OptOuts": "Handset*",
    "GET /v1/PhoneNumbers/{number_sid}/OptOuts": f"Handset{_PAGE}",
    "GET /v1/Alerts": f"LogLevel StartDate EndDate{_PAGE}",
    "POST /v1/Keys": "AccountSid* FriendlyName KeyType Policy",
    "POST /v1/Keys/{sid}": "FriendlyName Policy",
    "GET /v1/Keys": f"AccountSid*{_PAGE}",
    "GET /v1/Messaging/Countries": _PAGE,
    "GET /v1/Messaging/GeoPermissions": "CountryCode",
    "PATCH /v1/Messaging/GeoPermissions": "Permissions*",
    "GET /v2/PhoneNumbers/{phone_number}": "Fields CountryCode",
    "POST /v2/Services": f"FriendlyName* {_VERIFY_SERVICE}",
    "POST /v2/Services/{sid}": f"FriendlyName {_VERIFY_SERVICE}",
    "GET /v2/Services": _PAGE,
    "GET /v2/Templates": f"FriendlyName{_PAGE}",
    "POST /v2/Services/{service_sid}/Verifications": (
        "To* Channel* Locale CustomFriendlyName CustomCode Amount Payee TemplateSid RiskCheck"
    ),
    "POST /v2/Services/{service_sid}/Verifications/{sid}": "Status*",
    "POST /v2/Services/{service_sid}/VerificationCheck": "Code* To VerificationSid Amount Payee",
}

# Bodies that are no forms: JSON of this shape, or files.
JSON_BODIES: Final[dict[str, type[BaseModel]]] = {
    "POST /v1/Services/{service_sid}/OptOut": AdvancedOptOut,
}
_FILE_TYPES: Final = {"csv": "text/csv", "ndjson": "application/x-ndjson"}


def _file(**descriptions: str) -> dict[str, Any]:
    """Describe a body that is a file, by each media type's subtype."""
    content = {
        _FILE_TYPES[kind]: {"schema": {"type": "string", "description": description}}
        for kind, description in descriptions.items()
    }
    return {"content": content, "required": True}


CSV_BODY: Final = _file(csv="A table with a column `handset`.")
FILE_BODIES: Final = {
    "POST /v1/Services/{service_sid}/OptOuts.csv": CSV_BODY,
    "POST /v1/PhoneNumbers/{number_sid}/OptOuts.csv": CSV_BODY,
    "POST /v1/Messages/Bulk": _file(
        ndjson="A JSON object a line: `to`, and what fills the placeholders of Body.",
        csv="A table with a column `to`, and one for each placeholder of Body.",
    ),
}
