"""Advanced Opt-Out: a messaging service's own words, and its answers by language."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator
from sqlalchemy import func
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.models import MessagingService
from smsc.provisioning.fields import Input
from smsc.provisioning.listing import found
from smsc.sms.opt_out import DEFAULT_LANGUAGE, normalise

_MOST_WORDS: Final = 50


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain U+0000")
    return text


Word = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_storable)]
Text = Annotated[str, Field(max_length=320), AfterValidator(_storable)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Words = Annotated[list[Word], Field(max_length=_MOST_WORDS)]


class Answers(Input):
    """What a handset is told in one language; empty: the default text."""

    stop: Text = ""
    start: Text = ""
    help: Text = ""


class AdvancedOptOut(Input):
    """The words replace the default ones; a country without a language gets `language`."""

    stop_words: Annotated[Words, Field(min_length=1)]
    start_words: Annotated[Words, Field(min_length=1)]
    help_words: Words = Field(default_factory=list)
    texts: dict[Language, Answers] = Field(default_factory=dict)
    languages: dict[Country, Language] = Field(default_factory=dict)
    language: Language = DEFAULT_LANGUAGE

    @model_validator(mode="after")
    def _make_sure_of_one_meaning(self) -> "AdvancedOptOut":
        words = [
            normalise(word) for word in (*self.stop_words, *self.start_words, *self.help_words)
        ]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"each word has one meaning; twice: {', '.join(twice)}")
        missing = sorted({*self.languages.values()} - {*self.texts})
        if missing:
            raise ValueError(f"'texts' has no language {', '.join(missing)}")
        return self


async def set_rules(
    db: AsyncSession, account_sid: str, service_sid: str, rules: AdvancedOptOut | None
) -> MessagingService:
    """Give a service its own words, or the default ones again.

    Raises:
        NotFound: the account has no such service.
    """
    statement = (
        update(MessagingService)
        .where(
            col(MessagingService.sid) == service_sid,
            col(MessagingService.account_sid) == account_sid,
        )
        .values(opt_out={} if rules is None else rules.model_dump(), updated_at=func.now())
        .returning(MessagingService)
    )
    service: MessagingService = found((await db.exec(statement)).scalars().first(), service_sid)
    return service
