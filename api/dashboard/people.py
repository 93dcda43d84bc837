"""People of a carrier and of its accounts: who they are, what they may do, who is invited."""

from collections.abc import Mapping

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import letters
from api.dashboard.forms import checked
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, nobody_need_know, see_other
from api.deps import services
from smsc.errors import BadParameter
from smsc.models import MembershipState, Role, TokenPurpose
from smsc.provisioning import (
    invitations,
    mails,
    passkeys,
    people,
    second_factors,
    user_tokens,
    users,
)
from smsc.provisioning.invitations import InvitationDraft
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()


async def show(request: Request, visitor: Visitor) -> Response:
    """Show who belongs to what the reader keeps."""
    reach = visitor.reach
    async with reading(services(request).database) as db:
        names = await names_of(db, reach)
        members = await people.members(db, reach.carrier_sid, reach.kept_account_sids)
        invited = await invitations.page(db, reach.carrier_sid, reach.kept_account_sids)
        is_required = await second_factors.is_required(db, reach.carrier_sid)
        keys = await passkeys.counts(db, reach.carrier_sid)
    kept = {sid: name for sid, name in names.accounts.items() if reach.keeps_account(sid)}
    return render(
        "people.html",
        visitor,
        members=members,
        invitations=invited,
        is_required=is_required,
        passkeys=keys,
        accounts=kept,
        roles=[role.value for role in reversed(Role)],
    )


async def invite(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Invite somebody by mail.

    Raises:
        NotFound, AccessDenied: the place or the role isn't the visitor's to give.
        Conflict: they belong to it already, or are invited.
        BadParameter: that is no address.
    """
    house = services(request)
    fields = {"email": form.get("email", ""), "account_sid": form.get("account") or None}
    draft = checked(InvitationDraft, fields | {"role": form.get("role", Role.MEMBER)})
    async with changing(house.database, nobody_need_know) as db:
        issued = await invitations.invite(db, visitor.reach, draft)
        site = await mails.site_of(db, house.settings, visitor.reach.carrier_sid)
        letter = letters.of_invitation(site, issued)
        await mails.put(
            db, house.vault, visitor.reach.carrier_sid, letter, account_sid=draft.account_sid
        )
    log.info("person.invited", by=visitor.user.sid, sid=issued.invitation.sid)
    return see_other("/people", "invited")


async def invite_again(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Send another mail; the link of the one before ends.

    Raises:
        NotFound, AccessDenied: there is none that is the visitor's to send.
    """
    house = services(request)
    async with changing(house.database, nobody_need_know) as db:
        issued = await invitations.renew(db, visitor.reach, request.path_params["sid"])
        site = await mails.site_of(db, house.settings, visitor.reach.carrier_sid)
        await mails.put(
            db,
            house.vault,
            visitor.reach.carrier_sid,
            letters.of_invitation(site, issued),
            account_sid=issued.invitation.account_sid,
        )
    return see_other("/people", "invited")


async def withdraw(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Take an invitation back.

    Raises:
        NotFound, AccessDenied: there is none that is the visitor's to take back.
    """
    async with changing(services(request).database, nobody_need_know) as db:
        await invitations.withdraw(db, visitor.reach, request.path_params["sid"])
    return see_other("/people", "removed")


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Give somebody another role.

    Raises:
        NotFound, AccessDenied: the membership or the role isn't the visitor's to change.
        Conflict: they are the last owner there.
        BadParameter: there is no such role.
    """
    try:
        role = Role(form.get("role", ""))
    except ValueError:
        raise BadParameter(_("Choose a role.")) from None
    async with changing(services(request).database, nobody_need_know) as db:
        await people.change(db, visitor.reach, request.path_params["sid"], role=role)
    return see_other("/people", "changed")


async def suspend(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Shut somebody out of a place, at once.

    Raises:
        NotFound, AccessDenied, Conflict: as `change`.
    """
    return await _set_state(request, visitor, MembershipState.DISABLED)


async def resume(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Let somebody in again.

    Raises:
        NotFound, AccessDenied: as `change`.
    """
    return await _set_state(request, visitor, MembershipState.ACTIVE)


async def remove(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """End a membership.

    Raises:
        NotFound, AccessDenied, Conflict: as `change`.
    """
    async with changing(services(request).database, nobody_need_know) as db:
        await people.remove(db, visitor.reach, request.path_params["sid"])
    return see_other("/people", "removed")


async def send_password_link(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Send somebody the mail by which they choose another password.

    Raises:
        NotFound: the membership isn't the visitor's to manage.
    """
    house = services(request)
    async with changing(house.database, nobody_need_know) as db:
        user = (await people.member(db, visitor.reach, request.path_params["sid"])).user
        token = await user_tokens.issue(db, user, TokenPurpose.PASSWORD)
        site = await mails.site_of(db, house.settings, visitor.reach.carrier_sid)
        letter = letters.of_password(site, user, token)
        await mails.put(db, house.vault, user.carrier_sid, letter)
    return see_other("/people", "mailed")


async def remove_second_factor(
    request: Request, visitor: Visitor, __: Mapping[str, str]
) -> Response:
    """Take a person's second factor away, for who lost their telephone and their codes.

    Raises:
        NotFound, AccessDenied: the membership isn't the visitor's to manage, or they are an owner.
    """
    async with changing(services(request).database, nobody_need_know) as db:
        user = (await people.member(db, visitor.reach, request.path_params["sid"])).user
        await people.require_over(db, visitor.reach, user)
        await second_factors.remove(db, user)
        await mails.put(
            db, services(request).vault, user.carrier_sid, letters.of_removed_factor(user)
        )
    return see_other("/people", "changed")


async def remove_passkeys(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Take a person's passkeys away, for who lost the device, and sign them out.

    Raises:
        NotFound, AccessDenied: as `remove_second_factor`.
    """
    async with changing(services(request).database, nobody_need_know) as db:
        user = (await people.member(db, visitor.reach, request.path_params["sid"])).user
        await people.require_over(db, visitor.reach, user)
        await passkeys.remove_all(db, user)
        await users.end_sessions(db, user)
        letter = letters.of_removed_passkeys(user)
        await mails.put(db, services(request).vault, user.carrier_sid, letter)
    return see_other("/people", "changed")


async def _set_state(request: Request, visitor: Visitor, state: MembershipState) -> Response:
    async with changing(services(request).database, nobody_need_know) as db:
        await people.change(db, visitor.reach, request.path_params["sid"], state=state)
    return see_other("/people", "changed")
