"""Signing in by a carrier's OpenID Connect provider: the browser leaves, and comes back."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, NamedTuple, cast

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.dashboard.brands import is_home_to
from api.dashboard.cookies import cookie_of, drop_cookie, is_https, set_cookie
from api.dashboard.doorman import Doorman
from api.dashboard.guests import guest_page
from api.dashboard.languages import gettext as _
from api.dashboard.letting_in import let_in, safe_path
from api.dashboard.visitors import act_as_person, nobody_need_know
from api.deps import services
from api.guesses import address_of
from smsc import audit
from smsc.audit import Actor, ActorKind, Deed, act_as
from smsc.errors import BadParameter, GatewayError, NotFound
from smsc.models import IdentityProvider, SignInProof
from smsc.provisioning import identity_providers, second_factors, users
from smsc.provisioning.openid import people, states
from smsc.provisioning.openid.people import Newcomer
from smsc.provisioning.openid.relying import CodeRefused, ProviderAway
from smsc.provisioning.openid.tokens import Claims, TokenRefused
from smsc.provisioning.passkeys import CHALLENGE_LASTS
from smsc.provisioning.transaction import changing, reading
from smsc.vault import same_text

log = structlog.get_logger()

CALLBACK: Final = "/sign-in/callback"
_COOKIE: Final = "smsc_provider"
_BETWEEN: Final = "."  # in no SID and no state


class NotLetIn(GatewayError):
    """A sign-in that ends here; `message` says to its person why, in their language."""

    http_status = HTTPStatus.UNAUTHORIZED

    def __init__(
        self,
        sentence: str,
        why: str,
        status: HTTPStatus = HTTPStatus.UNAUTHORIZED,
        *,
        is_noted: bool = True,
    ) -> None:
        super().__init__(sentence)
        self.why = why  # in the log and the audit log
        self.status = status
        self.is_noted = is_noted  # False: anybody can come so, with nothing of a provider's


class _Leaving(NamedTuple):
    """What the browser keeps while it is away."""

    carrier_sid: str
    state: str
    there: str


async def leave(request: Request) -> Response:
    """Send the browser to the carrier's provider.

    Raises:
        NotFound: the carrier has none, or this host isn't the carrier's.
    """
    house, carrier_sid = services(request), request.path_params["sid"]
    provider = await _provider(request, carrier_sid)
    sign_in = states.begin(house.vault, carrier_sid, _return_to(request), datetime.now(UTC))
    client = identity_providers.client_of(house.vault, provider)
    try:
        url = await house.relying.leave_url(client, sign_in)
    except ProviderAway as away:
        log.warning("sign_in.provider_away", issuer=provider.issuer, why=away.message)
        return _page(request, provider, _away(provider, away))
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
    there = safe_path(request.query_params.get("next"))
    kept = _BETWEEN.join(_Leaving(carrier_sid, sign_in.state, there))
    set_cookie(request, response, _COOKIE, kept, int(CHALLENGE_LASTS.total_seconds()))
    return response


async def come_back(request: Request) -> Response:
    """Let somebody in for whom the provider vouches, once.

    Raises:
        NotFound: the carrier has no provider any more, or this host isn't the carrier's.
    """
    kept = _kept(request)
    if kept is None:
        return _page(request, None, _stale("no sign-in was begun in this browser"))
    provider = await _provider(request, kept.carrier_sid)
    try:
        claims = await _claims(request, provider, kept)
        response = await _let_in(request, provider, claims, kept.there)
    except NotLetIn as end:
        response = _page(request, provider, end)
        await _note(request, provider, end)
    drop_cookie(request, response, _COOKIE)
    return response


async def _claims(request: Request, provider: IdentityProvider, kept: _Leaving) -> Claims:
    """Return whom the provider says this is.

    Raises:
        NotLetIn: nobody, or it can't be believed.
    """
    house, query = services(request), request.query_params
    doorman = cast("Doorman", request.app.state.doorman)
    ip = address_of(request)
    if doorman.is_locked("", ip):
        raise _stale("too many sign-ins failed there", HTTPStatus.TOO_MANY_REQUESTS)
    if not same_text(query.get("state", ""), kept.state):
        doorman.failed("", ip)
        raise _stale("the state is another browser's")
    try:
        async with changing(house.database, nobody_need_know) as db:
            await states.spend(db, house.vault, kept.carrier_sid, kept.state)
    except BadParameter as fault:
        doorman.failed("", ip)
        raise _stale(fault.message) from None
    # Of another provider that the browser was also at. Source: RFC 9207 §2.4.
    issuer = query.get("iss", provider.issuer)
    complaint = query.get("error") or ("" if issuer == provider.issuer else f"iss is {issuer}")
    if complaint or not query.get("code"):
        raise _refusal(provider, complaint or "it sent no code")
    client = identity_providers.client_of(house.vault, provider)
    sign_in = states.resume(house.vault, kept.state, _return_to(request))
    try:
        return await house.relying.claims_of(client, sign_in, query["code"])
    except ProviderAway as away:
        raise _away(provider, away) from away
    except CodeRefused as refused:  # it may be a guess
        doorman.failed("", ip)
        raise _refusal(provider, refused.message) from refused
    except TokenRefused as refused:
        raise _refusal(provider, refused.message) from refused


async def _let_in(
    request: Request, provider: IdentityProvider, claims: Claims, there: str
) -> Response:
    """Begin the session of whom the provider vouches for.

    Raises:
        NotLetIn: it doesn't vouch for their address, or they belong to nothing here.
    """
    house, email = services(request), people.address_in(claims)
    if email is None:
        raise NotLetIn(
            _("%(provider)s doesn't vouch for your email address.", provider=provider.name),
            "the email address is not verified",
        )
    act_as(Actor(ActorKind.PERSON, None, email, address_of(request)))
    strong = provider.asks_factor or claims.has_many_factors
    password = await cast("Doorman", request.app.state.doorman).hash(users.make_password())
    name = claims.name if claims.name.isprintable() else ""
    async with changing(house.database, nobody_need_know) as db:
        if await second_factors.is_required(db, provider.carrier_sid) and not strong:
            sentence = _(
                "Your carrier lets nobody in without a second factor, and %(provider)s "
                "doesn't say that it asked for one.",
                provider=provider.name,
            )
            raise NotLetIn(sentence, "no second factor", HTTPStatus.FORBIDDEN)
        newcomer = Newcomer(name[: users.MOST_NAME_CHARACTERS], password)
        user = await people.admit(db, provider, email, newcomer)
        if user is None:
            sentence = _("Nobody has invited %(email)s here.", email=email)
            raise NotLetIn(sentence, "not a member", HTTPStatus.FORBIDDEN)
        act_as_person(request, user)
        proof = SignInProof.PROVIDER_AND_FACTOR if strong else SignInProof.PROVIDER
        return await let_in(request, db, user, there, proof)


async def _note(request: Request, provider: IdentityProvider, end: NotLetIn) -> None:
    """Enter a sign-in that ended without a session."""
    log.warning("sign_in.provider_refused", why=end.why, ip=address_of(request))
    if not end.is_noted:
        return
    facts = {"why": end.why, "issuer": provider.issuer}
    async with changing(services(request).database, nobody_need_know) as db:
        deed = Deed("refused", "sign-in", carrier_sid=provider.carrier_sid, facts=facts)
        await audit.note(db, deed)


async def _provider(request: Request, carrier_sid: str) -> IdentityProvider:
    async with reading(services(request).database) as db:
        provider = await identity_providers.find(db, carrier_sid)
    if provider is None or not provider.enabled or not is_home_to(carrier_sid):
        raise NotFound(request.url.path)
    return provider


def _kept(request: Request) -> _Leaving | None:
    parts = (cookie_of(request, _COOKIE) or "").split(_BETWEEN, 2)
    return _Leaving(parts[0], parts[1], safe_path(parts[2])) if len(parts) == 3 else None


def _return_to(request: Request) -> str:
    """Return where the provider sends the browser: to the host that it came by."""
    scheme = "https" if is_https(request) else "http"
    return f"{scheme}://{request.headers.get('host', '')}{CALLBACK}"


def _stale(why: str, status: HTTPStatus = HTTPStatus.UNAUTHORIZED) -> NotLetIn:
    sentence = _("This sign-in is too old, was used before, or began in another browser.")
    return NotLetIn(sentence, why, status, is_noted=False)


def _refusal(provider: IdentityProvider, why: str) -> NotLetIn:
    sentence = _("%(provider)s did not let you in: %(why)s", provider=provider.name, why=why[:200])
    return NotLetIn(sentence, why[:200])


def _away(provider: IdentityProvider, away: ProviderAway) -> NotLetIn:
    sentence = _(
        "%(provider)s doesn't answer as it should. Try again in a moment. (%(why)s)",
        provider=provider.name,
        why=away.message[:200],
    )
    return NotLetIn(sentence, away.message[:200], HTTPStatus.BAD_GATEWAY)


def _page(request: Request, provider: IdentityProvider | None, end: NotLetIn) -> Response:
    return guest_page(
        request,
        "not_let_in.html",
        status=end.status,
        sentence=end.message,
        provider=provider,
    )
