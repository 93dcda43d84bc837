"""The signature tester: what `X-Twilio-Signature` should be, and why a given one is not."""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import chosen_account, developed_account_in
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.tokens import Tokens
from api.dashboard.visitors import Visitor
from api.dashboard.words import N_
from api.deps import services
from smsc.errors import BadParameter
from smsc.provisioning import accounts
from smsc.provisioning.fields import is_web_url
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading
from smsc.webhooks import signature_check
from smsc.webhooks.signature_check import Check, Difference

_NOTHING: Final = {"url": "", "params": "", "signature": "", "token": ""}
_SENTENCES: Final[Mapping[Difference, str]] = {
    Difference.NONE: N_("It fits: the request is ours."),
    Difference.SCHEME: N_(
        "It was made of the URL with http in place of https, or the other way. Behind a proxy, "
        "take the scheme that the outside sees."
    ),
    Difference.PORT: N_(
        "It was made of the URL with another port. Sign the URL as it was configured."
    ),
    Difference.TRAILING_SLASH: N_("It was made of the URL with a slash more or less at its end."),
    Difference.QUERY_LOST: N_("It was made of the URL without its query."),
    Difference.QUERY_DECODED: N_(
        "It was made of the URL with its escapes decoded. Sign it as it was sent."
    ),
    Difference.NO_PARAMETERS: N_(
        "It was made of the URL alone: the parameters of the form are missing."
    ),
    Difference.PARAMETERS_UNSORTED: N_(
        "The parameters were not sorted by name before they were joined."
    ),
    Difference.PARAMETERS_STRIPPED: N_("Spaces around the values were dropped."),
    Difference.PARAMETERS_ENCODED: N_(
        "The values were joined in their escaped form. Decode the form first."
    ),
    Difference.EMPTY_LEFT_OUT: N_("Parameters with empty values were left out."),
    Difference.BODY: N_(
        "The raw body was signed in place of its parameters, each with its value behind it."
    ),
    Difference.SHA256: N_("It was made by SHA-256. It has to be HMAC-SHA1."),
    Difference.HEX: N_("It is written in hexadecimal. It has to be Base64."),
    Difference.SECOND_TOKEN: N_(
        "It was made with the second token. Webhooks are signed with the first until the second is "
        "promoted."
    ),
    Difference.TEST_TOKEN: N_("It was made with the test token. Use the auth token."),
    Difference.UNKNOWN: N_(
        "It was made of something else: another token, another URL, or other parameters. Compare "
        "what your program signs with what stands below."
    ),
}


async def show(request: Request, visitor: Visitor) -> Response:
    """Show the empty form.

    Raises:
        NotFound: the account is out of reach.
    """
    async with reading(services(request).database) as db:
        names = await names_of(db, visitor.reach)
    account = chosen_account(request.query_params.get("account"), names.accounts)
    return render(
        "signature.html", visitor, names=names, account=account, asked=_NOTHING, checked=None
    )


async def try_out(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Compute a signature, and compare it with the one that was given.

    Raises:
        NotFound: the account isn't the visitor's to develop for.
        BadParameter: the URL or the parameters can't be read.
    """
    account = developed_account_in(form, visitor)
    asked = {name: form.get(name, "") for name in _NOTHING}
    if not is_web_url(asked["url"].strip()):
        raise BadParameter(_("Give the URL as it is configured, with https:// before it."))
    async with reading(services(request).database) as db:
        names = await names_of(db, visitor.reach)
        found = await accounts.get(db, visitor.reach.carrier_sid, account)
    tokens = Tokens.of(services(request).vault, found)
    checked = _checked(tokens, asked)
    return render(
        "signature.html",
        visitor,
        names=names,
        account=account,
        asked=asked,
        checked=checked,
        fits=checked.difference is Difference.NONE,
        sentence=None if checked.difference is None else _(_SENTENCES[checked.difference]),
    )


def _checked(tokens: Tokens, asked: Mapping[str, str]) -> Check:
    try:
        params = signature_check.read_params(asked["params"])
    except orjson.JSONDecodeError:
        raise BadParameter(_("The parameters look like JSON and are none.")) from None
    token = asked["token"].strip()
    known = (
        signature_check.Tokens(token)
        if token
        else signature_check.Tokens(tokens.primary, tokens.secondary, tokens.test)
    )
    return signature_check.check(known, asked["url"].strip(), params, asked["signature"])
