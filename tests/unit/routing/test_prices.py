from decimal import Decimal

import pytest

from smsc.billing.prices import PriceList, Rate, category

PRICES = PriceList(
    [
        Rate("outbound", "", Decimal("0.10")),
        Rate("outbound", "855", Decimal("0.02")),
        Rate("outbound", "85512", Decimal("0.01")),
        Rate("inbound", "1507", Decimal("0.0075")),
    ],
    "USD",
)


@pytest.mark.parametrize(
    ("direction", "number", "segments", "amount"),
    [
        ("outbound", "+85512345678", 1, "0.01"),
        ("outbound", "+85577345678", 3, "0.06"),
        ("outbound", "+4915112345678", 1, "0.10"),
        ("inbound", "+15075550123", 2, "0.0150"),
        ("inbound", "+12125550123", 1, None),
    ],
    ids=["longest prefix", "a segment each", "the rest", "inbound by our number", "no price"],
)
def test_the_longest_prefix_that_fits_decides(
    direction: str, number: str, segments: int, amount: str | None
) -> None:
    price = PRICES.of(direction, number, segments)
    assert (price and price.amount) == (None if amount is None else Decimal(amount))


def test_no_tariff_charges_nothing() -> None:
    assert PriceList([], "USD").of("outbound", "+85512345678", 1) is None


def test_a_category_tells_direction_and_kind_of_number() -> None:
    assert category("inbound", "1294") == "sms-inbound-shortcode"
    assert category("outbound-api", "+15075550123") == "sms-outbound-longcode"
    assert category("outbound-reply", "CLINIC") == "sms-outbound-longcode"
