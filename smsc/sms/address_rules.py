"""How a connector wants addresses written: type of number, plan, plus, and rewritten prefixes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from smsc.sms.address import (
    Address,
    AddressKind,
    Npi,
    SmppAddress,
    Ton,
    from_smpp,
    parse_sender,
    to_smpp,
)

_MOST_TON: Final = 0b111
_MOST_NPI: Final = 0xFF


class Form(StrEnum):
    """What an address looks like once its prefix is rewritten; each form has a TON and an NPI."""

    INTERNATIONAL = "international"
    NATIONAL = "national"  # rewritten to something without a plus
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


class InvalidAddressRules(ValueError):
    """The rules can't be understood; says which and how to mend it."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Numbers that begin with `prefix` begin with `to` instead."""

    prefix: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRules:
    """The rules for one side, source or destination, of a connector's PDUs.

    `types` are the (TON, NPI) of the forms that differ from the default; `keeps_plus` writes
    international numbers with their plus; `rewrites` apply to E.164 numbers with the plus, the
    longest prefix first; `reads` to what the connector sends us.
    """

    types: Mapping[Form, tuple[int, int]] = field(default_factory=dict)
    keeps_plus: bool = False
    rewrites: tuple[Rewrite, ...] = ()
    reads: tuple[Rewrite, ...] = ()

    def write(self, address: Address) -> SmppAddress:
        """Render one of our addresses as the connector wants it."""
        default = to_smpp(address)
        if not (self.types or self.rewrites or self.keeps_plus):
            return default
        if address.kind is AddressKind.SHORT_CODE:
            return self._typed(default.addr, Form.SHORT_CODE, default)
        if address.kind is AddressKind.ALPHANUMERIC:
            return self._typed(default.addr, Form.ALPHANUMERIC, default)
        written = _rewrite(address.value, self.rewrites)
        if not written.startswith("+"):
            return self._typed(written, Form.NATIONAL, SmppAddress(written, Ton.NATIONAL, Npi.ISDN))
        addr = written if self.keeps_plus else written.removeprefix("+")
        return self._typed(addr, Form.INTERNATIONAL, default)

    def read(self, addr: str, ton: int, npi: int) -> str:
        """Read an address that the connector sent: E.164 where it can be.

        `reads` come first; then the rewrites are undone for numbers that are not international by
        their type.
        """
        addr = addr.strip()
        if not self.reads and not self.rewrites:
            return from_smpp(addr, ton, npi)
        for reads in (self.reads, self._undone if ton != Ton.INTERNATIONAL else ()):
            rewritten = _rewrite(addr, reads)
            if rewritten != addr:
                return from_smpp(rewritten, ton, npi)
        return from_smpp(addr, ton, npi)

    @property
    def _undone(self) -> tuple[Rewrite, ...]:
        return tuple(
            Rewrite(rule.to, rule.prefix) for rule in self.rewrites if rule.to not in {"", "+"}
        )

    def _typed(self, addr: str, form: Form, default: SmppAddress) -> SmppAddress:
        ton, npi = self.types.get(form, (default.ton, default.npi))
        return SmppAddress(addr, ton, npi)


DEFAULT: Final = AddressRules()


@lru_cache(maxsize=4096)
def sender(value: str) -> Address:
    """Return a sender's address: there are few, and each is used often.

    Raises:
        InvalidSender: as `parse_sender`; that is not remembered.
    """
    return parse_sender(value)


def parse_rules(rules: Mapping[str, object]) -> AddressRules:
    """Read rules as they stand in a connector.

    `{"international": {"ton": 1, "npi": 1}, "national": …, "short_code": …, "alphanumeric": …,
    "plus": false, "rewrite": [{"prefix": "+855", "to": "0"}], "read": [{"prefix": "0",
    "to": "+855"}]}`, each key optional.

    Raises:
        InvalidAddressRules: a key is unknown, a TON not in 0 to 7, an NPI not in 0 to 255, or a
            prefix no text of digits, letters and `+`.
    """
    known = {*Form, "plus", "rewrite", "read"}
    if unknown := rules.keys() - known:
        raise InvalidAddressRules(
            f"{min(unknown)!r} is no address rule. Known are: {', '.join(sorted(known))}."
        )
    keeps_plus = rules.get("plus", False)
    if not isinstance(keeps_plus, bool):
        raise InvalidAddressRules("'plus' is true (keep the +) or false (drop it).")
    if not rules:
        return DEFAULT
    return AddressRules(
        types={form: _type(form.value, rules[form]) for form in Form if form in rules},
        keeps_plus=keeps_plus,
        rewrites=_rewrites("rewrite", rules.get("rewrite", [])),
        reads=_rewrites("read", rules.get("read", [])),
    )


def _rewrite(number: str, rewrites: tuple[Rewrite, ...]) -> str:
    for rule in rewrites:
        if number.startswith(rule.prefix):
            return rule.to + number[len(rule.prefix) :]
    return number


def _type(form: str, value: object) -> tuple[int, int]:
    if not isinstance(value, Mapping) or value.keys() != {"ton", "npi"}:
        raise InvalidAddressRules(f'{form!r} is an object such as {{"ton": 1, "npi": 1}}.')
    return (
        _number(form, "ton", value["ton"], _MOST_TON),
        _number(form, "npi", value["npi"], _MOST_NPI),
    )


def _number(form: str, name: str, value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise InvalidAddressRules(f"the {name} of {form!r} is a number from 0 to {most}.")
    return value


def _rewrites(name: str, value: object) -> tuple[Rewrite, ...]:
    if not isinstance(value, list):
        raise InvalidAddressRules(f'{name!r} is a list of {{"prefix": "+855", "to": "0"}}.')
    rewrites = []
    for item in value:
        if not isinstance(item, Mapping) or item.keys() != {"prefix", "to"}:
            raise InvalidAddressRules(f"each of {name!r} has a 'prefix' and a 'to'.")
        prefix, to = item["prefix"], item["to"]
        if not (isinstance(prefix, str) and isinstance(to, str) and prefix):
            raise InvalidAddressRules(f"'prefix' and 'to' of {name!r} are texts; no empty prefix.")
        if not (prefix + to).replace("+", "").isalnum() and prefix + to != "+":
            raise InvalidAddressRules(f"{prefix!r} or {to!r} is no beginning of a number.")
        rewrites.append(Rewrite(prefix, to))
    rewrites.sort(key=lambda rule: -len(rule.prefix))
    return tuple(rewrites)
