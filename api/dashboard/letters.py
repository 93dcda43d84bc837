"""The mails that we write to people, in the language of who reads them."""

from collections.abc import Sequence

from api.dashboard.languages import gettext as _
from api.dashboard.languages import speaking, spoken
from api.dashboard.words import word
from smsc.models import Account, User
from smsc.provisioning.invitations import LASTS as INVITATION_LASTS
from smsc.provisioning.invitations import Issued
from smsc.provisioning.letters import Letter


def of_invitation(site: str, issued: Issued) -> Letter:
    """Ask somebody to become a member."""
    invitation = issued.invitation
    with speaking(issued.language):
        return _letter(
            invitation.email,
            _("Invitation to %(place)s", place=issued.place),
            [
                _(
                    "%(inviter)s invites you to %(place)s, as: %(role)s.",
                    inviter=invitation.invited_by,
                    place=issued.place,
                    role=word(invitation.role),
                ),
                _(
                    "It works once, for %(days)s days. If you expect no invitation, do nothing.",
                    days=INVITATION_LASTS.days,
                ),
            ],
            (_("Accept the invitation"), f"{site}/invitation/{issued.token}"),
        )


def of_sign_up(site: str, email: str, token: str, locale: str | None) -> Letter:
    """Let somebody who asked for an account confirm their address."""
    with speaking(locale):
        return _letter(
            email,
            _("Make your account"),
            [
                _("Somebody, probably you, asked for an account with this address."),
                _("It works once, for a day. If it was somebody else, do nothing."),
            ],
            (_("Make the account"), f"{site}/sign-up/{token}"),
        )


def of_known_address(site: str, user: User) -> Letter:
    """Tell somebody who asked for an account that they are known here."""
    with speaking(user.locale):
        return _letter(
            user.email,
            _("You can sign in already"),
            [
                _("Somebody, probably you, asked for an account with this address."),
                _("It is known here: sign in, or choose another password."),
            ],
            (_("Sign in"), f"{site}/sign-in"),
        )


def of_approved_account(site: str, user: User, name: str) -> Letter:
    """Tell an owner that their account may begin."""
    with speaking(user.locale):
        return _letter(
            user.email,
            _("Your account is approved"),
            [_("The account %(name)s is approved: it can send now.", name=name)],
            (_("Sign in"), f"{site}/sign-in"),
        )


def of_waiting_account(site: str, owner: User, account: Account, email: str) -> Letter:
    """Tell an owner of the carrier that an account waits for their approval."""
    with speaking(owner.locale):
        sentence = _(
            "%(email)s made the account %(name)s. It sends nothing until you approve it.",
            email=email,
            name=account.friendly_name,
        )
        return _letter(
            owner.email,
            _("An account waits for your approval"),
            [sentence],
            (_("Look at it"), f"{site}/accounts/{account.sid}"),
        )


def of_password(site: str, user: User, token: str) -> Letter:
    """Let somebody choose another password."""
    with speaking(user.locale):
        return _letter(
            user.email,
            _("Choose another password"),
            [
                _("Somebody, probably you, asked for another password."),
                _(
                    "It works once, for an hour. If it was somebody else, do nothing: "
                    "nothing changes."
                ),
            ],
            (_("Choose a password"), f"{site}/reset-password/{token}"),
        )


def of_removed_factor(user: User) -> Letter:
    """Tell somebody that their second factor is gone."""
    with speaking(user.locale):
        return _letter(
            user.email,
            _("Your second factor was taken away"),
            [
                _("Your second factor was taken away just now: your password alone lets you in."),
                _("If it was somebody else, ask an owner of your account for help at once."),
            ],
        )


def of_removed_passkeys(user: User) -> Letter:
    """Tell somebody that their passkeys are gone."""
    with speaking(user.locale):
        return _letter(
            user.email,
            _("Your passkeys were taken away"),
            [
                _("Your passkeys were taken away just now, and you were signed out everywhere."),
                _("If it was somebody else, ask an owner of your account for help at once."),
            ],
        )


def of_new_passkey(user: User, name: str) -> Letter:
    """Tell somebody that a passkey lets them in."""
    with speaking(user.locale):
        return _letter(
            user.email,
            _("A passkey was added"),
            [
                _("A passkey was added just now: %(name)s. It lets you in by itself.", name=name),
                _("If it was somebody else, ask an owner of your account for help at once."),
            ],
        )


def of_changed_password(user: User) -> Letter:
    """Tell somebody that their password was changed."""
    with speaking(user.locale):
        return _letter(
            user.email,
            _("Your password was changed"),
            [
                _("Your password was changed just now, and you were signed out everywhere."),
                _("If it was somebody else, ask an owner of your account for help at once."),
            ],
        )


def _letter(
    recipient: str,
    subject: str,
    paragraphs: Sequence[str],
    link: tuple[str, str] | None = None,
) -> Letter:
    """Return a letter in the language that is spoken."""
    language = spoken()
    return Letter(recipient, subject, paragraphs, link, language.code, language.direction)
