"""Goal: the OpenAPI document is true of every operation that it describes.

Method: schemathesis makes requests from the document, good ones and bad ones, and compares each
answer with what the document says of it. The names in most addresses are those of things that are
there, so that requests reach further than "not found".
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from litestar import Litestar
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection

from api import openapi
from api.app import create_app
from api.requests import NDJSON
from api.settings import Settings
from store.store import Store
from tests.api.asking import defined, filed
from tests.api.conftest import asking

NAMES = {
    "chronicle": "norvale-by-document",
    "occurrence": "bridge-at-norvale",
    "timeline": "norvale",
    "position": 1,
    "slug": "conflict",
}
CONFIG = {
    "checks": {
        # The document says which shapes are taken, and not all that can be so: a day that no month
        # has is 422, a stale version 412, a version that was not named 428. A filter, a date or a
        # NUL that its schema cannot rule out is 400, and lines go with fewer headers than JSON.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "3xx", "400", "404", "409", "412", "422", "428"]
        },
        "negative_data_rejection": {
            "expected-statuses": [
                "400",
                "401",
                "403",
                "404",
                "409",
                "412",
                "415",
                "421",
                "422",
                "428",
            ]
        },
    },
    "generation": {"database": "none"},
}


@pytest.fixture(scope="module")
async def written(app: Litestar, key: str) -> str:
    """A chronicle with a timeline and an occurrence of these names; the key that made it."""
    store: Store = app.state.store
    await store.create_chronicle(NAMES["chronicle"])
    async with asking(app, NAMES["chronicle"], key) as client:
        events = [defined(expected_version="none"), filed()]
        answer = await client.post("events", json={"events": events})
        assert answer.status_code == 201, answer.text
    return key


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """Lines are text already; what is not is one line of JSON."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


class Behind:
    """The application, which there is only once there is a database, in schemathesis's own loop."""

    app: Litestar

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def application(database: str) -> Litestar:
    """As on a machine of one's own, under the name that schemathesis calls it by."""
    return create_app(Settings(database=database, allowed_hosts=("testserver",), open_reading=True))


def described() -> dict[str, Any]:
    """The document, with the names of what is there in all addresses but that which makes some."""
    made = openapi.document(application("postgresql://unused").routes, open_reading=True)
    for methods in made["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and operation["operationId"] != "create_chronicle":
                    parameter["schema"] = {"enum": [NAMES[parameter["name"]]]}
    return made


document: Any = schemathesis.openapi.from_dict(
    described(), config=SchemathesisConfig.from_dict(CONFIG)
)
document.app = Behind()


@pytest.fixture(scope="module")
def served(dsn: str, written: str) -> str:
    """The application behind the document; a key for it."""
    Behind.app = application(dsn)
    return written


@document.parametrize()
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_document_says(case: schemathesis.Case, served: str) -> None:
    if case.operation.method == "put" and case.path_parameters.keys() == {"chronicle"}:
        # Others name chronicles that are not there, and must not find one that was made by chance.
        case.path_parameters["chronicle"] = f"made-{case.path_parameters['chronicle']}"[:60]
    # Whatever is sent as lines is text, and each that is refused is told in a report, which is 200.
    lenient = [negative_data_rejection] if case.media_type == NDJSON else []
    case.call_and_validate(headers={"Authorization": f"Bearer {served}"}, excluded_checks=lenient)
