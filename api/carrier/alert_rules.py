"""`/carrier/v1/alert_rules`: when the carrier's people are told of trouble, and what they were."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from smsc.models import AlertRule, Incident
from smsc.provisioning import alert_rules
from smsc.provisioning.alert_rules import Per, RuleChange, RuleDraft, RuleKind
from smsc.provisioning.transaction import changing, reading

router = APIRouter(route_class=CarrierRoute, tags=["alert_rules"])


class RuleView(BaseModel):
    """A rule."""

    sid: str
    name: str
    kind: RuleKind
    minutes: int
    per: Per
    drop: int
    least: int
    emails: list[str]
    enabled: bool
    date_created: datetime
    date_updated: datetime

    @classmethod
    def of(cls, rule: AlertRule) -> Self:
        """Show a rule."""
        fields = rule.model_dump(exclude={"carrier_sid", "created_at", "updated_at"})
        dates = {"date_created": rule.created_at, "date_updated": rule.updated_at}
        return cls.model_validate(fields | dates)


class IncidentView(BaseModel):
    """One time that a rule held."""

    sid: str
    rule_sid: str
    kind: RuleKind
    subject: str | None  # a connector's SID or a country; null: the carrier
    name: str
    facts: dict[str, object]
    began_at: datetime
    resolved_at: datetime | None  # null: it holds now

    @classmethod
    def of(cls, incident: Incident) -> Self:
        """Show an incident."""
        fields = incident.model_dump(exclude={"carrier_sid", "subject"})
        return cls.model_validate(fields | {"subject": incident.subject or None})


@router.post("/alert_rules", status_code=201)
async def create(house: House, carrier: Carrier, draft: RuleDraft) -> RuleView:
    """Make a rule; its events are `alert.raised` and `alert.resolved`."""
    async with changing(house.database, house.bells.announce_change) as db:
        return RuleView.of(await alert_rules.create(db, carrier, draft))


@router.get("/alert_rules")
async def list_page(house: House, carrier: Carrier, asked: Paging) -> ListView[RuleView]:
    """List the carrier's rules."""
    async with reading(house.database) as db:
        page = await alert_rules.page(db, carrier, limit=asked.limit, after=asked.after)
    return asked.render(page, RuleView.of)


@router.get("/alert_rules/{sid}")
async def fetch(house: House, carrier: Carrier, sid: str) -> RuleView:
    """Return a rule."""
    async with reading(house.database) as db:
        return RuleView.of(await alert_rules.get(db, carrier, sid))


@router.patch("/alert_rules/{sid}")
async def change(house: House, carrier: Carrier, sid: str, asked: RuleChange) -> RuleView:
    """Change a rule, or switch it off."""
    async with changing(house.database, house.bells.announce_change) as db:
        return RuleView.of(await alert_rules.change(db, carrier, sid, asked))


@router.delete("/alert_rules/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Remove a rule with its incidents."""
    async with changing(house.database, house.bells.announce_change) as db:
        await alert_rules.remove(db, carrier, sid)


@router.get("/incidents")
async def list_incidents(house: House, carrier: Carrier, asked: Paging) -> ListView[IncidentView]:
    """List what rules have found, newest first."""
    async with reading(house.database) as db:
        page = await alert_rules.incidents(db, carrier, limit=asked.limit, before=asked.after)
    return asked.render(page, IncidentView.of)
