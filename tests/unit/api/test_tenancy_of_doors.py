"""Which code of the HTTP door asks the database for all tenants: a list, so that it stays one."""

import re
from pathlib import Path

API = Path(__file__).parents[3] / "api"
UNCONFINED = re.compile(r"(?:house|services\(request\)|self\._services)\.database\b")
# Sessions are confined by whose request it is; a sealer reads no row of a tenant.
HARMLESS = re.compile(
    r"(?:reading|changing)\(\s*(?:house|services\(request\))\.database\b"
    r"|(?:house|services\(request\))\.database\.sealer\b"
)
FOR_ALL = {
    "dashboard/own_numbers.py": 1,  # which account confirms numbers: another one than theirs
    "dashboard/platform.py": 5,  # the platform is all carriers
    "deps.py": 2,  # when keys were used last, and the log of requests: written for all at once
    "platform/router.py": 6,
}


def test_the_database_of_all_tenants_is_handed_out_where_the_list_says_alone() -> None:
    found = {}
    for path in sorted(API.rglob("*.py")):
        text = path.read_text()
        if count := len(UNCONFINED.findall(text)) - len(HARMLESS.findall(text)):
            found[str(path.relative_to(API))] = count
    assert found == FOR_ALL
