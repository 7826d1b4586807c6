"""Goal: what docs/import.md promises is so.

Method: its example is read; its tables of codes are compared with what is read by; every key of a
mapping that it has to name is named.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from msgspec import UNSET, Struct

from domain.claims import Actor, OccurredGiven, Place, Toll
from exchange import acled, ged, mapping, table, timelinejs
from tests.exchange import test_acled, test_ged
from tests.exchange.reading import all_rows, filed, only_row

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
TOML, CSV = (
    re.search(rf"^```{form}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]  # type: ignore[index]
    for form in ("toml", "csv")
)


def rows_of(header: str) -> list[list[str]]:
    """The cells of the table that has this header, without backquotes."""
    lines = PAGE[PAGE.index(header) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_the_example_is_read() -> None:
    # when
    one, two, three = all_rows(table.read(io.BytesIO(CSV.encode()), mapping.load(TOML.encode())))

    # then
    assert [row.record for row in (one, two, three)] == ["norvale/1", "norvale/2", "norvale/3"]
    assert [row.occurrence for row in (one, two, three)] == [
        "norvale-a1",
        "norvale-a1",
        "norvale-a2",
    ]
    assert (one.report.source.name, one.report.via) == ("Norvale Post", ("Norvale clinic",))
    assert (one.report.reported_at, two.report.reported_at) == ("2024-03-06", "2024-03-07")
    assert (three.report.source.name, three.report.reported_at) == ("not named", None)
    assert (one.claims.title, one.claims.kind) == ("Air strike in Norvale", "air-strike")
    assert one.claims.occurred == OccurredGiven(edtf="[2024-03-03..2024-03-05]")
    assert two.claims.occurred == OccurredGiven(edtf="2024-03-04")
    assert three.claims.occurred is UNSET
    assert one.claims.place == Place(name="Norvale", lat=10.5, lon=20.25, precision="town")
    assert one.claims.actors == (
        Actor(name="Estra air force", role="perpetrator"),
        Actor(name="Residents", role="victim"),
    )
    assert one.claims.toll == (
        Toll(outcome="killed", group="all", low=2, best=3, high=5),
        Toll(outcome="killed", group="children", of="all", exactly=1, claimant="Norvale clinic"),
    )
    assert two.claims.toll == (Toll(outcome="killed", group="all", best=12),)
    assert one.claims.tags == ("market",)
    assert three.claims.attributes
    assert three.claims.attributes["From"] == "09/03/2024"
    assert one.claims.attributes
    assert one.claims.attributes["Checked by"] == "R. T."
    for row in (one, two, three):
        filed(row)


@pytest.mark.parametrize("cells", rows_of("| `where_prec` | `precision`"), ids=lambda c: c[0])
def test_the_precision_of_a_place_in_ged(cells: list[str]) -> None:
    place = only_row(ged.read(test_ged.file_of({"where_prec": cells[0]}))).claims.place

    assert isinstance(place, Place)
    assert place.precision == cells[1]


def test_all_codes_of_ged_are_on_the_page() -> None:
    assert {int(cells[0]) for cells in rows_of("| `where_prec` | `precision`")} == set(
        ged.PRECISIONS
    )
    for code, kind in ged.KINDS.items():
        assert f"{code} `{kind}`" in PAGE


@pytest.mark.parametrize("cells", rows_of("| `time_precision` | Read as"), ids=lambda c: c[0])
def test_the_precision_of_a_date_in_acled(cells: list[str]) -> None:
    change = {"event_date": "2024-03-15", "time_precision": cells[0]}
    claims = only_row(acled.read(test_acled.file_of(change))).claims

    assert claims.occurred == OccurredGiven(edtf=cells[1])
    assert claims.attributes
    assert claims.attributes["time_rule"] == cells[2]


def test_all_codes_of_acled_are_on_the_page() -> None:
    assert len(rows_of("| `time_precision` | Read as")) == len(acled.TIME_RULES)
    for code, word in acled.PRECISIONS.items():
        assert f"{code} `{word}`" in PAGE


def test_every_column_that_is_needed_is_on_the_page() -> None:
    for column in (*ged.REQUIRED, *ged.RENAMED, *acled.REQUIRED, *timelinejs.SHEET.values()):
        assert f"`{column}`" in PAGE or column in ("event_clarity", "date_prec", "event_type")


def test_every_key_of_a_mapping_is_on_the_page() -> None:
    structs: list[type[Struct]] = [mapping.Mapping, mapping.Cell, mapping.FileMap]
    structs += [mapping.SourceMap, mapping.OccurredMap, mapping.PlaceMap]
    structs += [mapping.TollMap, mapping.ActorMap]
    section = PAGE[PAGE.index("## Any table") :]
    for struct in structs:
        for key in struct.__struct_fields__:
            assert re.search(rf"\b{key}\b", section), f"{struct.__name__}.{key}"
