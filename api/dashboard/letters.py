"""The mails that we write to people, in the language of who reads them."""

from api.dashboard.languages import gettext as _
from api.dashboard.languages import speaking
from api.dashboard.words import word
from smsc.models import User
from smsc.provisioning.invitations import LASTS as INVITATION_LASTS
from smsc.provisioning.invitations import Issued
from smsc.provisioning.letters import Letter


def of_invitation(site: str, issued: Issued) -> Letter:
    """Ask somebody to become a member."""
    invitation = issued.invitation
    with speaking(issued.language) as language:
        return Letter(
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
            language.code,
            language.direction,
        )


def of_password(site: str, user: User, token: str) -> Letter:
    """Let somebody choose another password."""
    with speaking(user.locale) as language:
        return Letter(
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
            language.code,
            language.direction,
        )


def of_removed_factor(user: User) -> Letter:
    """Tell somebody that their second factor is gone."""
    with speaking(user.locale) as language:
        return Letter(
            user.email,
            _("Your second factor was taken away"),
            [
                _("Your second factor was taken away just now: your password alone lets you in."),
                _("If it was somebody else, ask an owner of your account for help at once."),
            ],
            None,
            language.code,
            language.direction,
        )


def of_removed_passkeys(user: User) -> Letter:
    """Tell somebody that their passkeys are gone."""
    with speaking(user.locale) as language:
        return Letter(
            user.email,
            _("Your passkeys were taken away"),
            [
                _("Your passkeys were taken away just now, and you were signed out everywhere."),
                _("If it was somebody else, ask an owner of your account for help at once."),
            ],
            None,
            language.code,
            language.direction,
        )


def of_new_passkey(user: User, name: str) -> Letter:
    """Tell somebody that a passkey lets them in."""
    with speaking(user.locale) as language:
        return Letter(
            user.email,
            _("A passkey was added"),
            [
                _("A passkey was added just now: %(name)s. It lets you in by itself.", name=name),
                _("If it was somebody else, ask an owner of your account for help at once."),
            ],
            None,
            language.code,
            language.direction,
        )


def of_changed_password(user: User) -> Letter:
    """Tell somebody that their password was changed."""
    with speaking(user.locale) as language:
        return Letter(
            user.email,
            _("Your password was changed"),
            [
                _("Your password was changed just now, and you were signed out everywhere."),
                _("If it was somebody else, ask an owner of your account for help at once."),
            ],
            None,
            language.code,
            language.direction,
        )
