"""What people belong to: roles and states, by whom they may be changed, and who must stay."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.errors import AccessDenied, Conflict, NotFound
from smsc.models import Membership, MembershipState, Role, User
from smsc.provisioning.listing import found
from smsc.provisioning.reach import Reach
from smsc.provisioning.users import reach_of


@dataclass(frozen=True, slots=True)
class Member:
    """A person, as far as they belong to one place."""

    user: User
    membership: Membership


def require_manager(reach: Reach, account_sid: str | None, *roles: str) -> None:
    """Make sure that somebody may give and take these roles in a place; None: in the carrier.

    Admins manage everybody but owners. Whoever runs the carrier manages its accounts' people.

    Raises:
        NotFound: the place is not theirs to keep.
        AccessDenied: an owner's role is an owner's to give and to take.
    """
    if account_sid is None:
        kept, owned = reach.runs_carrier, reach.owns_carrier
    else:
        kept = reach.keeps_account(account_sid)
        owned = reach.runs_carrier or reach.account_roles.get(account_sid) is Role.OWNER
    if not kept:
        raise NotFound(account_sid or "carrier")
    if Role.OWNER.value in roles and not owned:
        raise AccessDenied("Only an owner gives an owner's role, or takes it.")


async def members(
    db: AsyncSession, carrier_sid: str, account_sids: Sequence[str] | None = None
) -> list[Member]:
    """Return who belongs to a carrier or to its accounts, or to some accounts; by address."""
    statement = (
        select(User, Membership)
        .join(Membership, col(Membership.user_sid) == col(User.sid))
        .where(col(Membership.carrier_sid) == carrier_sid)
    )
    if account_sids is not None:
        statement = statement.where(col(Membership.account_sid).in_(account_sids))
    statement = statement.order_by(col(User.email), col(Membership.sid))
    return [Member(user, membership) for user, membership in (await db.exec(statement)).all()]


async def member(db: AsyncSession, reach: Reach, sid: str) -> Member:
    """Return a membership that somebody manages.

    Raises:
        NotFound: there is none, or it is out of reach.
    """
    statement = (
        select(User, Membership)
        .join(Membership, col(Membership.user_sid) == col(User.sid))
        .where(col(Membership.sid) == sid, col(Membership.carrier_sid) == reach.carrier_sid)
    )
    user, membership = found((await db.exec(statement)).first(), sid)
    require_manager(reach, membership.account_sid)
    return Member(user, membership)


async def change(
    db: AsyncSession,
    reach: Reach,
    sid: str,
    *,
    role: Role | None = None,
    state: MembershipState | None = None,
) -> Membership:
    """Give somebody another role, suspend them, or let them in again.

    Raises:
        NotFound, AccessDenied: as `member` and `require_manager`.
        Conflict: they are the last active owner there.
    """
    membership = (await member(db, reach, sid)).membership
    values = {
        name: word.value for name, word in (("role", role), ("state", state)) if word is not None
    }
    require_manager(reach, membership.account_sid, membership.role, values.get("role", ""))
    if values.get("role", Role.OWNER) != Role.OWNER or state is MembershipState.DISABLED:
        await _require_another_owner(db, reach, membership)
    statement = (
        update(Membership)
        .where(col(Membership.sid) == sid)
        .values(**values)
        .returning(Membership)
        .execution_options(populate_existing=True)
    )
    changed: Membership = found((await db.exec(statement)).scalars().first(), sid)
    return changed


async def remove(db: AsyncSession, reach: Reach, sid: str) -> None:
    """End a membership; the person stays, with what else they belong to.

    Raises:
        NotFound, AccessDenied, Conflict: as `change`.
    """
    membership = (await member(db, reach, sid)).membership
    require_manager(reach, membership.account_sid, membership.role)
    await _require_another_owner(db, reach, membership)
    await db.exec(delete(Membership).where(col(Membership.sid) == sid))


async def require_person(db: AsyncSession, reach: Reach, user_sid: str) -> User:
    """Return a person of whom some membership is somebody's to manage.

    Raises:
        NotFound: there is none.
    """
    for one in await members(db, reach.carrier_sid, reach.kept_account_sids):
        if one.user.sid == user_sid:
            return one.user
    raise NotFound(user_sid)


async def require_over(db: AsyncSession, reach: Reach, user: User) -> None:
    """Make sure that somebody may change how a person signs in, everywhere in the carrier.

    Raises:
        NotFound: they don't run the carrier.
        AccessDenied: the person is an owner of the carrier, and they aren't.
    """
    theirs = await reach_of(db, user)
    require_manager(reach, None, *({theirs.carrier_role.value} if theirs.carrier_role else ()))


async def _require_another_owner(db: AsyncSession, reach: Reach, membership: Membership) -> None:
    """Keep a place from being left without an owner who can let others in.

    Owners are locked, so that two who take each other's role at once cannot both succeed. Who runs
    the carrier can always let somebody into an account, so an account's last owner may go.
    """
    if membership.role != Role.OWNER or membership.state != MembershipState.ACTIVE:
        return
    if membership.account_sid is not None and reach.runs_carrier:
        return
    statement = (
        select(Membership.sid)
        .where(
            col(Membership.carrier_sid) == membership.carrier_sid,
            col(Membership.account_sid).is_not_distinct_from(membership.account_sid),
            col(Membership.role) == Role.OWNER.value,
            col(Membership.state) == MembershipState.ACTIVE.value,
        )
        .order_by(col(Membership.sid))
        .with_for_update()
    )
    if not {*(await db.exec(statement)).all()} - {membership.sid}:
        raise Conflict("This is the last owner here: make somebody else an owner first.")
