"""What the requests that `make fuzz` generates are told of resources that exist."""

import re
import tomllib

from api.carrier.router import build_router
from api.openapi import DescribedApi, describe
from tests.fuzz.answers import DESCRIPTIONS, IN_FIELDS, IN_PATHS, configure
from tests.fuzz.stock import Stock


def test_every_expression_fits_a_path_that_is_described() -> None:
    app = DescribedApi(title="smsc")
    app.include_router(build_router(), prefix="/carrier/v1")
    paths = describe(app)["paths"]
    for expression, parameter, _ in IN_PATHS:
        fitting = [path for path in paths if re.search(expression, path)]
        assert fitting, expression
        assert all(f"{{{parameter}}}" in path for path in fitting), expression
    assert any(re.search(DESCRIPTIONS["/carrier/v1/openapi.json"], path) for path in paths)


def test_the_configuration_can_be_read_and_names_only_what_there_is() -> None:
    pools = {pool for _, _, pool in IN_PATHS} | set(IN_FIELDS.values())
    stock = Stock('SK"1', "secret\\", "bearer", {pool: ["one"] for pool in pools})
    read = tomllib.loads(configure(stock, examples=3))
    assert read["auth"]["openapi"]["account"] == {"username": 'SK"1', "password": "secret\\"}
    bound = [*read["parameters"].values()]
    bound += [one for part in read["operations"] for one in part["parameters"].values()]
    assert {one["dictionary"] for one in bound} == set(read["dictionaries"])
