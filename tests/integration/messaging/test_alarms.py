"""Rules raise an incident once, resolve it once, and tell both by mail and by event."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from smsc import sids
from smsc.languages import gettext, said, speaking
from smsc.messaging import alarms, delivery_rates
from smsc.messaging.delivery_rates import SETTLES, SPAN
from smsc.models import Mail, Role
from smsc.provisioning import alert_rules, event_subscriptions, mails, users
from smsc.provisioning.alert_rules import RuleDraft, RuleKind
from smsc.provisioning.event_subscriptions import EventType, SubscriptionDraft
from smsc.provisioning.transaction import changing
from smsc.provisioning.users import UserDraft
from tests.integration.conftest import HANDSET, House


async def quiet() -> None:
    """Announce to nobody."""


async def make_rule(house: House, kind: RuleKind, **fields: object) -> str:
    draft = RuleDraft.model_validate(
        {"name": "Night", "kind": kind, "emails": ["noc@mekong.example"], **fields}
    )
    types = [EventType.ALERT_RAISED, EventType.ALERT_RESOLVED]
    async with changing(house.database, quiet) as db:
        carrier = house.account.carrier_sid
        rule = await alert_rules.create(db, carrier, draft)
        subscription = SubscriptionDraft(url="http://127.0.0.1:9/", types=types)
        await event_subscriptions.create(db, house.vault, carrier, subscription)
    return rule.sid


async def told(house: House) -> list[tuple[object, ...]]:
    return await house.rows("SELECT subject FROM mails ORDER BY sid")


async def set_state(house: House, state: str, minutes: int) -> None:
    await house.value(
        """
        INSERT INTO connector_states (connector_sid, carrier_sid, state, since)
        SELECT sid, carrier_sid, $1, now() - make_interval(mins => $2) FROM connectors
        ON CONFLICT (connector_sid) DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since
        """,
        state,
        minutes,
    )


async def test_a_connector_that_stays_down_is_told_once_and_so_is_its_return(
    house: House,
) -> None:
    await make_rule(house, RuleKind.CONNECTOR_DOWN, minutes=5)
    name = await house.value("SELECT name FROM connectors")
    await set_state(house, "down", 4)
    assert await alarms.evaluate(house.database, house.vault) == 0
    await set_state(house, "down", 6)
    assert await alarms.evaluate(house.database, house.vault) == 1
    assert await alarms.evaluate(house.database, house.vault) == 0
    await set_state(house, "up", 0)
    assert await alarms.evaluate(house.database, house.vault) == 1
    assert await told(house) == [
        (f"Connector {name} is down",),
        (f"Connector {name} is back",),
    ]
    assert await house.rows("SELECT type, data ->> 'name' FROM carrier_events ORDER BY sid") == [
        ("alert.raised", name),
        ("alert.resolved", name),
    ]


async def test_one_that_comes_and_goes_is_not_told_again_within_the_rule_s_minutes(
    house: House,
) -> None:
    await make_rule(house, RuleKind.CONNECTOR_DOWN, minutes=5)
    for state in ("down", "up", "down", "up"):
        await set_state(house, state, 6)
        await alarms.evaluate(house.database, house.vault)
    assert len(await told(house)) == 2
    await house.value("UPDATE incidents SET resolved_at = now() - interval '6 minutes'")
    await set_state(house, "down", 6)
    assert await alarms.evaluate(house.database, house.vault) == 1


async def test_a_rule_that_is_switched_off_says_nothing(house: House) -> None:
    sid = await make_rule(house, RuleKind.CONNECTOR_DOWN)
    await house.value("UPDATE alert_rules SET enabled = false WHERE sid = $1", sid)
    await set_state(house, "down", 60)
    assert await alarms.evaluate(house.database, house.vault) == 0


async def fill(house: House, hours_ago: int, sent: int, delivered: int) -> None:
    await house.value(
        """
        INSERT INTO delivery_buckets (begins_at, carrier_sid, connector_sid, iso_country, sent,
                                      delivered)
        SELECT now() - make_interval(mins => 15) - make_interval(hours => $1), carrier_sid, sid,
               'KH', $2, $3 FROM connectors
        ON CONFLICT (begins_at, carrier_sid, connector_sid, iso_country) DO NOTHING
        """,
        hours_ago,
        sent,
        delivered,
    )


async def test_a_delivery_rate_that_falls_under_its_own_past_is_told_and_so_is_its_rise(
    house: House,
) -> None:
    await make_rule(house, RuleKind.DELIVERY_RATE, minutes=30, per="country", drop=20, least=50)
    await fill(house, 5, 100, 95)
    await fill(house, 0, 40, 1)
    assert await alarms.evaluate(house.database, house.vault) == 0  # of too few it says nothing
    await house.value("UPDATE delivery_buckets SET sent = 60, delivered = 40 WHERE sent = 40")
    assert await alarms.evaluate(house.database, house.vault) == 1
    assert await alarms.evaluate(house.database, house.vault) == 0
    (incident,) = await house.rows("SELECT subject, facts ->> 'past_rate' FROM incidents")
    assert incident == ("KH", "95.0")
    await house.value("UPDATE delivery_buckets SET delivered = 50 WHERE sent = 60")  # 83 %
    assert await alarms.evaluate(house.database, house.vault) == 0
    await house.value("UPDATE delivery_buckets SET delivered = 55 WHERE sent = 60")
    assert await alarms.evaluate(house.database, house.vault) == 1
    assert [row[0] for row in await told(house)] == [
        "Fewer messages arrive: KH",
        "Messages arrive again: KH",
    ]


async def test_what_left_is_counted_by_ten_minutes_once_it_has_settled(house: House) -> None:
    now = datetime.now(UTC)
    assert await delivery_rates.count_next(house.database, now) == 0  # nobody has a rule
    await make_rule(house, RuleKind.DELIVERY_RATE)
    made_at = now - SPAN - SETTLES - timedelta(minutes=5)
    for number in range(3):
        message = await house.accept()
        sid = sids.first_of(sids.Prefix.MESSAGE, made_at)[:-1] + str(number)
        status = "delivered" if number else "failed"
        await house.value(
            "UPDATE messages SET sid = $2, status = $3 WHERE sid = $1", message.sid, sid, status
        )
    while await delivery_rates.count_next(house.database, now):
        pass
    assert await house.rows(
        "SELECT connector_sid, iso_country, sent, delivered FROM delivery_buckets WHERE sent > 0"
    ) == [(house.connector_sid, "KH", 3, 2)]
    assert HANDSET.startswith("+855")


async def test_each_reader_is_told_in_the_language_that_they_chose(house: House) -> None:
    await make_rule(
        house, RuleKind.CONNECTOR_DOWN, emails=["noc@mekong.example", "rania@mekong.example"]
    )
    draft = UserDraft(email="rania@mekong.example", role=Role.OWNER)
    async with changing(house.database, quiet) as db:
        reader = await users.create(db, house.account.carrier_sid, draft, password_hash="none")
        reader.locale = "ar"
    await set_state(house, "down", 60)
    await house.value("UPDATE connector_leases SET reason = 'no connection within 10.0 s'")
    assert await alarms.evaluate(house.database, house.vault) == 1
    async with house.database.session() as db:
        sent = {mail.recipient: mail for mail in (await db.exec(select(Mail))).all()}
    arabic = sent["rania@mekong.example"]
    with speaking("ar"):
        assert arabic.subject == gettext(
            "Connector %(name)s is down", name=await house.value("SELECT name FROM connectors")
        )
        assert said("no connection within 10.0 s") in str(mails.text_of(house.vault, arabic))
    assert sent["noc@mekong.example"].subject.endswith("is down")
