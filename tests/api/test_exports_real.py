"""Goal: a real data set says the same in every format that it is exported in.

Method: UCDP GED is imported and exported, and each file is read with a reader that is not ours and
compared with the rows of the data set. Counts and ids only are printed. The file is not part of the
project.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl

from api.exporting import export
from api.importing import Options, reading, run
from domain.query import LIMIT_MOST, Query
from exchange.defused import fused
from store.importing import Import
from store.store import open_store
from tests.conftest import Database

FILE = "ucdp_ged_23.1_sample1000.csv"


async def test_ged_says_the_same_in_all_formats(
    database: Database, shared_data: Callable[[str], Path]
) -> None:
    raw = shared_data(FILE).read_bytes()
    given = {row["id"]: row for row in csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))}
    made = {}
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        read = reading("ged", Options())
        into = Import(store, "main", read.dataset, author="desk", release="2023-06-30")
        await run(into, read.read, io.BytesIO(raw))
        for name in ("ndjson", "csv", "xlsx", "geojson"):
            query = Query(limit=LIMIT_MOST)
            done = await export(store, "main", None, query, name, paged=name == "geojson")
            made[name] = b"".join([piece async for piece in done.pieces])

    lines = [json.loads(line) for line in made["ndjson"].splitlines()][1:-1]
    rows = list(csv.DictReader(io.StringIO(made["csv"].decode(), newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(made["xlsx"]), read_only=True)["Entries"]
    header, *cells = sheet.iter_rows(values_only=True)
    features = json.loads(made["geojson"])["features"]

    assert len(rows) == len(lines) == len(cells) == len(features) == len(given) == 1_000
    killed = 0
    for line, row, cell, feature in zip(lines, rows, cells, features, strict=True):
        named = dict(zip(header, cell, strict=True))
        of = feature["properties"]
        ged = given[str(line["attributes"].get("ged_id") or line["occurrence"].partition("-")[2])]
        assert row["id"] == named["id"] == feature["id"] == line["id"]
        assert fused(row["title"]) == fused(named["title"]) == of["title"] == line["title"]
        assert row["earliest"] == ged["date_start"][:10]
        assert row["latest"] == ged["date_end"][:10]
        for part in ("low", "best", "high"):
            figure = int(ged[part])
            told = (named[f"toll_killed_{part}"], of[f"toll_killed_{part}"])
            assert (int(row[f"toll_killed_{part}"]), *told) == (figure,) * 3
        killed += int(row["toll_killed_best"])
        west, south, east, north = feature["bbox"]
        assert west <= float(ged["longitude"]) <= east
        assert south <= float(ged["latitude"]) <= north
        assert (float(row["lat"]), float(row["lon"])) == (named["lat"], named["lon"])
    print(f"{len(rows)} rows, {killed} killed by the best figures")
