"""`/carrier/v1/webhooks/signature`: whether a webhook's signature fits, and if not, why."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import BadParameter
from smsc.provisioning import accounts
from smsc.provisioning.fields import Input, is_web_url
from smsc.provisioning.transaction import reading
from smsc.webhooks import signature_check
from smsc.webhooks.signature_check import Difference

router = APIRouter(prefix="/webhooks", route_class=CarrierRoute, tags=["webhooks"])

_MOST_PARAMETERS = 65_536


class SignatureDraft(Input):
    """A request as a program got it; nothing of it is stored."""

    account_sid: str
    url: str = Field(max_length=4096)  # as it is configured
    parameters: str = Field(default="", max_length=_MOST_PARAMETERS)  # the form as it came
    signature: str = Field(default="", max_length=200)  # of `X-Twilio-Signature`


class SignatureView(BaseModel):
    """What is signed, what comes of it, and by which mistake the given one was made."""

    signed: str
    expected: str
    fits: bool | None  # null: no signature was given
    difference: Difference | None


@router.post("/signature")
async def check(house: House, carrier: Carrier, draft: SignatureDraft) -> SignatureView:
    """Compute the signature of a webhook, and compare it with the one that was given."""
    if not is_web_url(draft.url.strip()):
        raise BadParameter("Give the URL as it is configured, with https:// before it.")
    try:
        params = signature_check.read_params(draft.parameters)
    except ValueError:
        raise BadParameter("The parameters look like JSON and are none.") from None
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, draft.account_sid)
    sealed = (account.secondary_token_sealed, account.test_token_sealed)
    known = signature_check.Tokens(
        house.vault.open(account.auth_token_sealed),
        *(None if one is None else house.vault.open(one) for one in sealed),
    )
    checked = signature_check.check(known, draft.url.strip(), params, draft.signature)
    fits = None if checked.difference is None else checked.difference is Difference.NONE
    return SignatureView(
        signed=checked.signed,
        expected=checked.expected,
        fits=fits,
        difference=None if fits else checked.difference,
    )
