"""What ends each way of signing in: a session, and the cookie that keeps it."""

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.cookies import drop_cookie, set_cookie
from api.dashboard.guests import FORM_COOKIE
from api.dashboard.visitors import COOKIE, see_other
from api.guesses import address_of
from smsc.models import SignInProof, User
from smsc.provisioning import users

log = structlog.get_logger()


async def let_in(
    request: Request, db: AsyncSession, user: User, there: str, proof: SignInProof
) -> Response:
    """Begin a person's session in this browser, and lead them on; the caller commits."""
    ip, agent = address_of(request), request.headers.get("user-agent", "")
    token = await users.begin_session(db, user, ip=ip, user_agent=agent, proof=proof)
    log.info("sign_in.done", user_sid=user.sid, ip=ip, proof=proof.value)
    response = see_other(there)
    set_cookie(request, response, COOKIE, token, int(users.SESSION_LASTS.total_seconds()))
    drop_cookie(request, response, FORM_COOKIE)
    return response


def safe_path(path: str | None) -> str:
    """Return a path of ours to go on to: never another host's."""
    if path is None or not path.startswith("/") or path[1:2] in {"/", "\\"}:
        return "/"
    return path if path.isprintable() and path.isascii() else "/"
