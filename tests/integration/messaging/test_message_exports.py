import csv
import io

import pytest

from smsc import sids
from smsc.errors import BadParameter, NotFound
from smsc.messaging.reading import exports
from smsc.messaging.reading.queries import MessageFilter
from smsc.models import Role
from smsc.provisioning.reach import Reach
from tests.integration.conftest import HANDSET, House

ALL = MessageFilter()


def reach_of(house: House) -> Reach:
    return Reach(house.account.carrier_sid, Role.OWNER)


async def written(house: House, sid: str) -> list[dict[str, str]]:
    """Write what waits, and read the file."""
    while await exports.write_portion(house.database):
        pass
    assert (await exports.find(house.database, reach_of(house), sid, None)).is_done
    content = b"".join([part async for part in exports.content(house.database, sid)])
    return list(csv.DictReader(io.StringIO(content.decode())))


async def test_an_export_has_each_message_once_however_many_portions_it_takes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PORTION", 2)
    sent = [(await house.accept(body=f"number {number}")).sid for number in range(5)]
    sid = await exports.ask(house.database, reach_of(house), ALL)
    assert await exports.write_portion(house.database) == 2
    halfway = await exports.find(house.database, reach_of(house), sid, None)
    assert (halfway.rows, halfway.is_done) == (2, False)
    lines = await written(house, sid)
    assert [line["sid"] for line in lines] == sent[::-1]
    assert lines[-1]["body"] == "number 0"
    assert lines[-1]["to"] == HANDSET


async def test_what_comes_after_the_question_is_not_in_the_answer(house: House) -> None:
    before = (await house.accept()).sid
    sid = await exports.ask(house.database, reach_of(house), ALL)
    await house.value("SELECT pg_sleep(0.002)")  # a SID's time is of milliseconds
    await house.accept()
    assert {line["sid"] for line in await written(house, sid)} <= {before}


async def test_the_filters_of_the_list_hold_for_the_file(house: House) -> None:
    kept = (await house.accept(to="+85512345600")).sid
    await house.accept()
    wanted = MessageFilter(to="+85512345600", status="queued")
    sid = await exports.ask(house.database, reach_of(house), wanted)
    assert [line["sid"] for line in await written(house, sid)] == [kept]


async def test_a_text_is_no_formula_to_a_spreadsheet(house: House) -> None:
    await house.accept(body='=HYPERLINK("http://evil.example")')
    sid = await exports.ask(house.database, reach_of(house), ALL)
    (line,) = await written(house, sid)
    assert line["body"] == '\'=HYPERLINK("http://evil.example")'


async def test_an_empty_export_is_done_and_has_its_header(house: House) -> None:
    sid = await exports.ask(house.database, reach_of(house), ALL)
    assert await written(house, sid) == []


async def test_an_export_is_its_owners_within_what_they_still_reach(house: House) -> None:
    sid = await exports.ask(house.database, reach_of(house), ALL)
    stranger = Reach("CR" + "9" * 32, Role.OWNER)
    of_account = Reach(house.account.carrier_sid, None, {house.account.sid: Role.OWNER})
    other_person = sids.make(sids.Prefix.USER)
    for reach, person in ((stranger, None), (of_account, None), (reach_of(house), other_person)):
        with pytest.raises(NotFound):
            await exports.find(house.database, reach, sid, person)


async def test_an_export_of_an_account_has_nothing_of_others(house: House) -> None:
    await house.accept()
    reach = Reach(house.account.carrier_sid, None, {"AC" + "9" * 32: Role.OWNER})
    sid = await exports.ask(house.database, reach, ALL)
    assert await written(house, sid) == []


async def test_a_sixth_export_waits_for_one_of_five(house: House) -> None:
    for _ in range(exports.MOST_AT_ONCE):
        await exports.ask(house.database, reach_of(house), ALL)
    with pytest.raises(BadParameter):
        await exports.ask(house.database, reach_of(house), ALL)


async def test_a_day_later_an_export_is_gone_with_its_lines(house: House) -> None:
    sid = await exports.ask(house.database, reach_of(house), ALL)
    await written(house, sid)
    await house.value("UPDATE message_exports SET expires_at = now() RETURNING 1")
    assert await exports.forget(house.database) == 1
    assert await house.value("SELECT count(*) FROM message_export_parts") == 0
