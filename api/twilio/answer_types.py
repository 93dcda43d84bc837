"""Answers by type: what a handler is annotated to return is what `/openapi.json` says it does."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Generic, TypeVar

import orjson
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from api.paging import Envelope, Meta

V = TypeVar("V", bound=Mapping[str, object])  # a TypedDict: a resource as JSON has it
K = TypeVar("K", bound=str)  # the Literal under which a page has its resources

AccountSid = Annotated[str, Field(pattern="^AC[0-9a-f]{32}$")]
MessageSid = Annotated[str, Field(pattern="^(SM|MM)[0-9a-f]{32}$")]
ServiceSid = Annotated[str, Field(pattern="^MG[0-9a-f]{32}$")]
NumberSid = Annotated[str, Field(pattern="^PN[0-9a-f]{32}$")]
ShortCodeSid = Annotated[str, Field(pattern="^SC[0-9a-f]{32}$")]
AlphaSenderSid = Annotated[str, Field(pattern="^AI[0-9a-f]{32}$")]
ApplicationSid = Annotated[str, Field(pattern="^AP[0-9a-f]{32}$")]
KeySid = Annotated[str, Field(pattern="^SK[0-9a-f]{32}$")]
AlertSid = Annotated[str, Field(pattern="^NO[0-9a-f]{32}$")]
BulkSid = Annotated[str, Field(pattern="^BK[0-9a-f]{32}$")]
VerificationSid = Annotated[str, Field(pattern="^VE[0-9a-f]{32}$")]
VerifyServiceSid = Annotated[str, Field(pattern="^VA[0-9a-f]{32}$")]
Rfc2822 = Annotated[str, Field(examples=["Thu, 24 Aug 2023 05:01:45 +0000"])]
Iso8601 = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Amount = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
Method = Annotated[str, Field(pattern="^(GET|POST)$")]
Number = Annotated[str, Field(pattern="^[0-9]+$")]  # a string, as the 2010 API has counts


class Json(Response, Generic[V]):
    """A resource, as it is."""

    media_type = "application/json"

    def __init__(self, value: V, status: int = 200) -> None:
        super().__init__(orjson.dumps(value), status)


class Created(Json[V]):
    """A resource that the request made."""

    def __init__(self, value: V) -> None:
        super().__init__(value, 201)


class Gone(Response):
    """No resource any more."""

    def __init__(self) -> None:
        super().__init__(status_code=204)


class Csv(StreamingResponse):
    """Lines, as they are read."""

    media_type = "text/csv"


class Page2010(Response, Generic[K, V]):
    """A page of the 2010 API: resources under `K`, amid the paging's fields."""

    media_type = "application/json"

    def __init__(self, paging: Envelope, key: K, shown: Sequence[V]) -> None:
        super().__init__(orjson.dumps({**paging, key: shown}))


class PageV1(Response, Generic[K, V]):
    """A page of the v1 and v2 APIs: resources under `K`, beside `meta`."""

    media_type = "application/json"

    def __init__(self, paging: Meta, key: K, shown: Sequence[V]) -> None:
        super().__init__(orjson.dumps({key: shown, "meta": paging}))
