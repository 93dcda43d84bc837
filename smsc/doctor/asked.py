"""What is asked of a probe that another process carries out, as JSON has it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from smsc.doctor.courier import segments_of
from smsc.doctor.report import Probe, Step
from smsc.errors import BadParameter

MOST_TEXTS = 200


class Asked(BaseModel):
    """A probe's order. Without `to` no text is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    to: str | None = None
    from_: Annotated[str | None, Field(alias="from")] = None
    text: Annotated[str | None, Field(min_length=1, max_length=1600)] = None
    texts: Annotated[
        int | None, Field(ge=1, le=MOST_TEXTS, description="segments to send at most")
    ] = None
    steps: Annotated[list[Step], Field(description="what to find with texts")] = []
    wait_seconds: Annotated[float, Field(ge=1, le=600, description="for receipts")] = 60
    idle_seconds: Annotated[
        float, Field(ge=0, le=600, description="to leave a session alone, and see who ends it")
    ] = 0
    engine: Literal["smsc", "smpplib"] = "smsc"

    @classmethod
    def read(cls, asked: Mapping[str, object]) -> Self:
        """Read what was stored.

        Raises:
            BadParameter: it is no order of this release's.
        """
        try:
            return cls.model_validate(asked)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadParameter(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.to is None) != (self.from_ is None):
            raise ValueError("'to' and 'from' go together")
        if self.to is None and (self.steps or self.text or self.texts):
            raise ValueError("texts need a 'to' and a 'from'")
        if self.steps and self.texts is None:
            raise ValueError("steps need 'texts': how many may be sent")
        return self

    def check(self) -> None:
        """Refuse what can't be sent.

        Raises:
            InvalidSender, InvalidDestination: an address can't be.
        """
        if self.probe is not None:
            segments_of(self.probe)

    @property
    def idle(self) -> timedelta | None:
        """How long a session is left alone."""
        return timedelta(seconds=self.idle_seconds) if self.idle_seconds else None

    @property
    def probe(self) -> Probe | None:
        """What is sent, if anything."""
        if self.to is None or self.from_ is None:
            return None
        fields: dict[str, Any] = {} if self.text is None else {"text": self.text}
        return Probe(
            source=self.from_,
            destination=self.to,
            receipt_within=timedelta(seconds=self.wait_seconds),
            steps=frozenset(self.steps),
            most_texts=self.texts,
            **fields,
        )

    def stored(self) -> dict[str, object]:
        """Return it for its row."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
