import pytest

from api.permissions import is_allowed, is_known, is_reserved, permission_of

AC = "AC" + "0" * 32
SM = "SM" + "1" * 32


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("POST", f"/2010-04-01/Accounts/{AC}/Messages.json", "messaging/messages/create"),
        ("GET", f"/2010-04-01/Accounts/{AC}/Messages.json", "messaging/messages/list"),
        ("GET", f"/2010-04-01/Accounts/{AC}/Messages/{SM}.json", "messaging/messages/read"),
        ("POST", f"/2010-04-01/Accounts/{AC}/Messages/{SM}.json", "messaging/messages/update"),
        ("DELETE", f"/2010-04-01/Accounts/{AC}/Messages/{SM}.json", "messaging/messages/delete"),
        ("GET", f"/2010-04-01/Accounts/{AC}/SMS/ShortCodes.json", "messaging/short-codes/list"),
        ("GET", f"/2010-04-01/Accounts/{AC}.json", "accounts/accounts/read"),
        ("POST", "/2010-04-01/Accounts.json", "accounts/accounts/create"),
        ("POST", "/v1/Keys", "iam/api-keys/create"),
        ("POST", "/v1/AuthTokens/Promote", "accounts/auth-tokens/create"),
        ("GET", "/v2/PhoneNumbers/+85512345678", "lookups/phone-numbers/read"),
        ("PATCH", "/v1/Messaging/GeoPermissions", "accounts/geo-permissions/update"),
        ("GET", "/v1/Moon", "other/list"),
    ],
)
def test_a_request_needs_the_permission_of_its_resource_and_verb(
    method: str, path: str, permission: str
) -> None:
    assert permission_of(method, path) == f"/twilio/{permission}"


def test_accounts_keys_and_tokens_are_reserved() -> None:
    assert is_reserved("/twilio/iam/api-keys/create")
    assert is_reserved("/twilio/accounts/accounts/read")
    assert not is_reserved("/twilio/accounts/applications/read")


def test_a_star_allows_every_verb_of_one_resource() -> None:
    assert is_allowed("/twilio/messaging/messages/read", ("/twilio/messaging/messages/*",))
    assert not is_allowed("/twilio/messaging/services/read", ("/twilio/messaging/messages/*",))
    assert is_known("/twilio/messaging/messages/*")
    assert not is_known("/twilio/*")
