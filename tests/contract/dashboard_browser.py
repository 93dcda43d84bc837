"""A browser without a screen: keeps cookies, sends forms as pages have them."""

import asyncio
import re
from typing import Self

import requests

from api.dashboard.visitors import COOKIE
from smsc.db import Database
from smsc.models import Role
from smsc.provisioning import users
from smsc.provisioning.transaction import changing
from smsc.provisioning.users import UserDraft
from smsc.vault import hash_password

PASSWORD = "correct horse battery staple"
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Browser:
    """One person's, or nobody's yet."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, path: str, **query: str) -> requests.Response:
        return self._session.get(self._url + path, params=query, timeout=10)

    def get_raw(self, path: str) -> requests.Response:
        """Ask for a page, and follow no redirect."""
        return self.get_elsewhere(self._url + path)

    def get_elsewhere(self, url: str) -> requests.Response:
        """Ask another server, or go back to ours, step by step."""
        return self._session.get(url, timeout=10, allow_redirects=False)

    def set_cookie(self, name: str, value: str) -> None:
        """Keep a cookie that a script, or a thief, has put there."""
        self._session.cookies.set(name, value)

    def post(self, path: str, *, page: str, **fields: str) -> requests.Response:
        """Send a form as `page` would."""
        found = _CSRF.search(self.get(page).text)
        assert found is not None, f"{page} has no form"
        return self.post_raw(path, csrf=found[1], **fields)

    def post_raw(self, path: str, **fields: str) -> requests.Response:
        return self._session.post(self._url + path, data=fields, timeout=10)

    def come_by(self, host: str) -> None:
        """Come by another name of the same server."""
        self._session.headers["Host"] = host

    def carry(self, token: str) -> None:
        """Be signed in by a session that was begun elsewhere."""
        self._session.cookies.set(COOKIE, token)

    def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> requests.Response:
        return self.post("/sign-in", page="/sign-in", email=email, password=password, **fields)


def make_person(
    database_url: str,
    carrier_sid: str,
    email: str,
    *,
    role: Role = Role.OWNER,
    account_sid: str | None = None,
) -> None:
    async def make() -> None:
        async with (
            await Database.connect(database_url, size=1) as database,
            changing(database, _quiet) as db,
        ):
            draft = UserDraft(email=email, name="", role=role, account_sid=account_sid)
            await users.create(db, carrier_sid, draft, password_hash=hash_password(PASSWORD))

    asyncio.run(make())


async def _quiet() -> None:
    """Announce to nobody."""
