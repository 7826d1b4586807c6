"""Goal: every command does what it says, JSON is HTTP's, and every way of ending has its status.

Method: command lines run in this process, on a migrated database of the test's own; where the shell
matters (pipes, signals), as a process of its own.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from api.app import create_app
from api.settings import Settings
from cli.app import COMMANDS
from store.migrate import head
from store.store import Store
from tests.cli.conftest import FLOOD, Dateline, append
from tests.cli.program import DATELINE, environment
from tests.conftest import PROJECT, Database, dsn_for

SECRET = "7hidden7"

# Reading


async def test_a_timeline_is_read_as_of_a_day(dateline: Dateline, seeded: Store) -> None:
    ran = await dateline("timeline", "idlib-2019", "--as-of", "2019-08-26")

    assert (ran.status, ran.err) == (0, "")
    assert "As known on 26 August 2019" in ran.out
    assert "Air strikes on Kafr Uwayd" in ran.out
    assert "Dawn attack" not in ran.out


async def test_options_select_and_turn_the_order(dateline: Dateline, seeded: Store) -> None:
    asked = ("timeline", "khan-shaykhun", "--kind", "battle", "--kind", "attack")
    ran = await dateline(*asked, "--sort", "-occurred", "--limit", "2")

    order = [line.split("  ")[0] for line in ran.out.splitlines() if "killed" in line]
    assert order == ["27 Aug 2019", "19 Aug 2019"]


async def test_the_next_page_is_the_command_that_is_printed(
    dateline: Dateline, seeded: Store
) -> None:
    first = await dateline("timeline", "idlib-2019", "--limit", "10")
    (following,) = re.findall(r"^  dateline (.*)$", first.out, re.M)

    second = await dateline(*following.split())

    assert (second.status, second.out.count("\n9 entries.")) == (0, 1)


async def test_without_a_name_the_timelines_are_listed(dateline: Dateline, flood: Store) -> None:
    ran = await dateline("timeline")

    assert re.search(r"^norvale +Norvale +1$", ran.out, re.M)


async def test_a_difference_and_a_history_are_read(dateline: Dateline, flood: Store) -> None:
    changed = await dateline("diff", "norvale", "--from", "2024-03-05", "--to", "latest")
    past = await dateline("history", "norvale-flood", "--as-of", "2024-03-05")

    assert "Changed (1)" in changed.out
    assert "Report by Norvale Post via Estra Relief" in past.out
    assert "Tellin Radio" not in past.out


REGISTERED = """
{"type": "place.registered", "id": "norvale", "name": "Norvale", "aliases": ["Norwale"], "lat": 10.5, "lon": 20.25, "precision": "town"}
{"type": "place.registered", "id": "upper-norvale", "name": "Upper Norvale", "within": "norvale"}
{"type": "actor.registered", "id": "guard", "name": "Norvale Guard", "kind": "militia", "valid_from": "2019"}
{"type": "source.registered", "id": "post", "name": "Norvale Post", "licence": "CC BY 4.0", "redistribute": false}
"""  # noqa: E501 -- one event a line is the format


async def test_what_is_registered_is_listed_and_finds_entries(
    dateline: Dateline, flood: Store
) -> None:
    assert (await dateline("places")).out == "No place is registered (main, position 0).\n"
    await append(flood, REGISTERED)

    places, actors = await dateline("places"), await dateline("actors")
    sources = await dateline("sources")
    found = await dateline("timeline", "norvale", "--place", "Norwale")
    boxed = await dateline("timeline", "norvale", "--bbox", "-20,-10,20,10")

    assert re.search(
        r"^norvale +Norvale, Norwale +1 +within 5 km of 10\.5, 20\.25$", places.out, re.M
    )
    assert re.search(r"^upper-norvale +Upper Norvale +1 +in norvale$", places.out, re.M)
    assert re.search(r"^guard +Norvale Guard \(from 2019\) +1 +militia$", actors.out, re.M)
    assert re.search(
        r"^post +Norvale Post +1 +CC BY 4\.0; may not be passed on$", sources.out, re.M
    )
    assert "\n1 entry." in found.out
    assert "Left out: 1 entry without a place on the map to judge." in boxed.out


async def test_a_name_that_two_actors_bear_is_told_of(dateline: Dateline, flood: Store) -> None:
    union = '{"type": "actor.registered", "id": "union", "name": "Tellin Union", '
    aliases = '"aliases": [{"name": "Norvale Guard", "valid_from": "2020", "valid_to": "2021"}]}'
    await append(flood, REGISTERED + union + aliases)

    actors = await dateline("actors")
    found = await dateline("timeline", "norvale", "--actor", "Norvale Guard")
    totals = await dateline("totals", "norvale", "--by", "actor", "--actor", "Norvale Guard")

    assert re.search(
        r"^union +Tellin Union, Norvale Guard \(2020 to 2021\) +1 "
        r"+“Norvale Guard” is also a name of guard$",
        actors.out,
        re.M,
    )
    said = "“Norvale Guard” means several actors, and all were looked for: guard, union."
    assert said in found.out
    assert said in totals.out


SAME = (
    (("timeline", "norvale"), "/main/timelines/norvale"),
    (
        ("timeline", "norvale", "--as-of", "2024-03-07", "--during", "2024-03", "--limit", "1"),
        "/main/timelines/norvale?as_of=2024-03-07&during=2024-03&limit=1",
    ),
    (("timeline", "norvale", "--basis", "5"), "/main/timelines/norvale?basis=5"),
    (("timeline",), "/main/timelines"),
    (
        ("diff", "norvale", "--from", "2024-03-05", "--to", "2024-03-08"),
        "/main/timelines/norvale/diff?from=2024-03-05&to=2024-03-08",
    ),
    (
        ("diff", "norvale", "--from", "2024-02", "--to", "latest", "--basis", "5"),
        "/main/timelines/norvale/diff?from=2024-02&to=latest&basis=5",
    ),
    (("history", "norvale-flood"), "/main/occurrences/norvale-flood/history"),
    (
        ("timeline", "norvale", "--place", "upper norvale", "--source", "Tellin Radio"),
        "/main/timelines/norvale?place=upper%20norvale&source=Tellin%20Radio",
    ),
    (
        ("timeline", "norvale", "--bbox", "-180,-10,20,10", "--actor", "Guard"),
        "/main/timelines/norvale?bbox=-180,-10,20,10&actor=Guard",
    ),
    (
        ("timeline", "norvale", "--during", "-0044/..", "--match", "certain"),
        "/main/timelines/norvale?during=-0044/..&match=certain",
    ),
    (("actors",), "/main/actors"),
    (("places", "--basis", "3"), "/main/places?basis=3"),
    (("sources",), "/main/sources"),
    (("chronicles",), ""),
)


async def test_json_is_byte_for_byte_what_http_answers(
    dateline: Dateline, flood: Store, http: httpx.AsyncClient
) -> None:
    for words, path in SAME:
        answer = await http.get(f"/v1/chronicles{path}")
        ran = await dateline(*words, "--json")

        assert answer.status_code == 200, path
        assert ran.out.encode() == answer.content + b"\n", words


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The API over the same database."""
    app = create_app(Settings(database=database.app_dsn))
    started, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await ended.wait()

    living = asyncio.create_task(live())
    await started.wait()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000"
    ) as client:
        yield client
    ended.set()
    await living


# Dates, without any database


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("since late April", "--reported", "2019-08-27"), "since 15–30 Apr 2019"),
        (("2019-04/..",), "It surely went on after 30 Apr 2019."),
        (("2019-08",), "when, is not known"),
        (("2019-08-27",), "It happened then."),
        (("2019-04/",), "at no moment is it certain to have been going on"),
        (("2019-08-27/2019-08",), "at no moment is it certain to have been going on"),
        (("2019-08-27T00:00:00",), "It happened then."),
        (("2019-08-27T24:00:00",), "It happened then."),
        (("-0044-03-15",), "15 Mar 45 BCE"),
        (("-0044/..",), "It surely went on after 31 Dec 45 BCE."),
        (("Y-17000/Y12000",), "between 31 Dec 17001 BCE and 1 Jan 12000."),
        (("2019-?04-~27",), "27 Apr 2019 (month uncertain, day approximate)"),
        (("2019-?04-~27",), "as far as the source is sure."),
        (("2019-XX-12",), "12 Jan – 12 Dec 2019 (2019-XX-12)"),
        (("{2019-08-19,2019-08-25}",), "19 Aug 2019 and 25 Aug 2019"),
        (("{2019-08-19,2019-08-25}",), "It happened at each of these times"),
        (("[..2017,2019-04..]",), "long ago as well as at any later time"),
        (("13 and 16 February", "--reported", "2019-08-27"), "{2019-02-13,2019-02-16}"),
        (("the 1990s", "--reported", "2019-08-27"), "dateline/65 a decade"),
    ],
)
async def test_a_date_is_explained(alone: Dateline, words: tuple[str, ...], expected: str) -> None:
    ran = await alone("date", *words)

    assert ran.status == 0
    assert expected in ran.out


async def test_the_four_bounds_of_a_phrase_and_its_rule_are_told(alone: Dateline) -> None:
    ran = await alone("date", "since late April", "--reported", "2019-08-27", "--json")

    assert msgspec.json.decode(ran.out) == {
        "edtf": "2019-04-15~/2019-08-27",
        "phrase": "since late April",
        "rule": "dateline/37 since ged/26 late in a month",
        "earliest": "2019-04-15",
        "start_latest": "2019-04-30",
        "end_earliest": "2019-08-27",
        "latest": "2019-08-27",
        "precision": 5,
    }


async def test_a_date_that_cannot_be_is_refused_with_the_place_of_the_fault(
    alone: Dateline,
) -> None:
    ran = await alone("date", "2019-02-30")

    assert (ran.status, ran.out) == (1, "")
    assert "February 2019 has 28 days (at character 9)" in ran.err


async def test_an_unknown_phrase_is_refused_and_never_guessed(alone: Dateline) -> None:
    ran = await alone("date", "when the harvest was in", "--reported", "2019-08-27")

    assert (ran.status, ran.out) == (1, "")
    assert "no rule reads it" in ran.err


async def test_words_without_their_day_are_told_to_give_it(alone: Dateline) -> None:
    ran = await alone("date", "last week")

    assert ran.status == 1
    assert "--reported 2019-08-27" in ran.err


# Keys and chronicles


async def test_a_key_is_made_listed_and_revoked(
    dateline: Dateline, store: Store, http: httpx.AsyncClient
) -> None:
    made = await dateline("keys", "create", "--role", "admin", "--name", "desk", "--json")
    secret = msgspec.json.decode(made.out)["key"]
    listed = msgspec.json.decode((await dateline("keys", "list", "--json")).out)["keys"]
    shown = await dateline("keys", "list")

    assert [(key["name"], key["role"], key["chronicle"]) for key in listed] == [
        ("desk", "admin", None)
    ]
    assert "desk" in shown.out
    assert secret not in shown.out
    assert (await store.key(secret)) is not None

    revoked = await dateline("keys", "revoke", listed[0]["id"])

    assert revoked.status == 0
    assert (await store.key(secret)) is None
    assert (await dateline("keys", "revoke", listed[0]["id"])).status == 1


async def test_only_the_key_itself_goes_to_standard_output(
    dateline: Dateline, store: Store
) -> None:
    ran = await dateline("keys", "create", "--role", "reader", "--name", "archive")

    assert (await store.key(ran.out.strip())) is not None
    assert "shown this once" in ran.err


async def test_a_chronicle_is_made_once_and_then_written_to(
    dateline: Dateline, store: Store, tmp_path
) -> None:
    (tmp_path / "flood.ndjson").write_text(FLOOD.strip().splitlines()[0])

    missing = await dateline("file", str(tmp_path / "flood.ndjson"), "--chronicle", "estra")
    made = await dateline("chronicles", "create", "estra")
    again = await dateline("chronicles", "create", "estra")
    filed = await dateline("file", str(tmp_path / "flood.ndjson"), "--chronicle", "estra")
    listed = await dateline("chronicles")

    assert (missing.status, filed.status) == (1, 0)
    assert "dateline chronicles create" in missing.err
    assert made.out == "Made the chronicle estra.\n"
    assert again.out == "The chronicle estra is there already.\n"
    assert re.search(r"^estra +1$", listed.out, re.M)


# Migration


async def test_a_migration_is_needed_told_and_done_once(
    dateline: Dateline, server: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"dateline_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name} OWNER dateline")
    try:
        monkeypatch.setenv("DATELINE_DATABASE", dsn_for(server, name, "postgres"))
        before = await dateline("timeline")
        first = await dateline("migrate")
        second = await dateline("migrate")
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()

    assert (before.status, first.status, second.status) == (1, 0, 0)
    assert "`dateline migrate`" in before.err
    assert first.out == f"The database went from nothing to revision {head()}.\n"
    assert second.out == f"The database is at revision {head()} already.\n"


async def test_a_database_from_the_future_is_left_alone(
    dateline: Dateline, database: Database
) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()

    for words in (("timeline",), ("migrate",), ("serve", "--port", "0")):
        ran = await dateline(*words)
        assert (ran.status, ran.out) == (1, "")
        assert "revision 9999" in ran.err
        assert ran.err.count("\n") == 1


async def test_the_migration_can_be_had_as_sql(alone: Dateline) -> None:
    ran = await alone("migrate", "--sql")

    assert ran.out.startswith("BEGIN;")
    assert "CREATE TABLE event" in ran.out


# Ways of ending


REFUSED = (
    ("timeline", "nowhere"),
    ("timeline", "norvale", "--as-of", "tomorrow"),
    ("timeline", "norvale", "--basis", "99999"),
    ("timeline", "norvale", "--limit", "0"),
    ("timeline", "norvale", "--cursor", "x"),
    ("timeline", "--kind", "flood"),
    ("timeline", "norvale", "--chronicle", "nowhere"),
    ("diff", "norvale", "--from", "2024-03-08", "--to", "2024-03-05"),
    ("history", "nowhere"),
    ("date", "2019-02-30"),
    ("date", "last week", "--reported", "2019"),
    ("file", "nowhere.ndjson"),
    ("file", "."),
    ("keys", "revoke", "x"),
    ("keys", "create", "--role", "admin", "--name", "x", "--chronicle", "nowhere"),
    ("chronicles", "create", "Not A Slug"),
    ("migrate", "--since", "0001"),
    ("migrate", "--sql", "--since", "nowhere"),
    ("demo", "--port", "99999"),
)


async def test_what_is_refused_is_one_line_and_status_1(dateline: Dateline, flood: Store) -> None:
    for words in REFUSED:
        ran = await dateline(*words)

        assert (ran.status, ran.out) == (1, ""), words
        assert ran.err.startswith("dateline: "), words
        assert ran.err.count("\n") == 1, words


async def test_a_refused_option_is_called_as_it_was_given(dateline: Dateline, flood: Store) -> None:
    ran = await dateline("timeline", "norvale", "--as-of", "tomorrow")

    assert ran.err.startswith("dateline: --as-of must be a day")
    ran = await dateline("diff", "norvale", "--from", "latest", "--to", "latest")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("dateline: --from must be a day")


@pytest.mark.parametrize("option", ["--place", "--actor", "--source", "--policy", "--kind"])
async def test_bytes_that_are_no_text_are_refused_in_a_line(
    dateline: Dateline, flood: Store, option: str
) -> None:
    ran = await dateline("timeline", "norvale", option, "claimant:\udcff/1")

    assert ran.status == 1
    assert ran.err.startswith(f"dateline: {option} must be")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("timeline", "--nonsense"),
        ("timeline", "a", "b"),
        ("diff", "norvale"),
        ("keys", "create", "--role", "king", "--name", "x"),
        ("serve", "--port", "many"),
    ],
    ids=" ".join,
)
async def test_what_is_no_command_line_is_status_2_and_names_the_help(
    alone: Dateline, words: tuple[str, ...]
) -> None:
    ran = await alone(*words)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("dateline: ")
    assert "--help" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("timeline", "--database", f"postgresql://u:{SECRET}@127.0.0.1:1/x"),
        ("timeline", "--database", f"postgresql://u:{SECRET}@127.0.0.1:port/x"),
        ("timeline", "--database", f"u:{SECRET}@127.0.0.1"),
        ("timeline", f"--databse=postgresql://u:{SECRET}@127.0.0.1/x"),
        ("timeline", "a", f"postgresql://u:{SECRET}@127.0.0.1/x"),
        ("serve", "--database", f"postgresql://u:{SECRET}@127.0.0.1:1/x", "--port", "0"),
        ("migrate", "--database", f"mysql://u:{SECRET}@127.0.0.1/x"),
    ],
    ids=lambda words: words[1].partition("=")[0] + words[0],
)
async def test_a_password_is_never_repeated(alone: Dateline, words: tuple[str, ...]) -> None:
    ran = await alone(*words)

    assert ran.status in (1, 2)
    assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_has_help_with_an_example(alone: Dateline, command: str) -> None:
    ran = await alone(command, "--help")

    assert ran.status == 0
    assert "Examples:" in ran.out
    assert f"dateline {command}" in ran.out.partition("Examples:")[2]


def test_help_and_dates_load_neither_the_server_nor_the_database() -> None:
    program = (
        "import sys; from cli.app import run; run(['--help']); run(['date', '2019']); "
        "sys.exit(len({'litestar', 'alembic', 'asyncpg'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True)

    assert ran.returncode == 0


async def test_a_reader_that_goes_away_is_no_fault(flood: Store, database: Database) -> None:
    await append(
        flood,
        "\n".join(
            '{"type": "report.filed", "report": {"source": {"name": "Norvale Post"}}, "claims": '
            f'{{"title": "Meeting {n}, {"long " * 50}", "tags": ["norvale"]}}}}'
            for n in range(400)
        ),
    )
    told, ours = os.pipe()
    os.close(told)
    program = await asyncio.create_subprocess_exec(
        *DATELINE,
        *("timeline", "norvale", "--limit", "1000"),
        stdout=ours,
        stderr=subprocess.PIPE,
        env=environment({"DATELINE_DATABASE": database.app_dsn}),
        cwd=PROJECT,
    )
    os.close(ours)
    _, complaint = await program.communicate()

    assert (program.returncode, complaint) == (141, b"")


@pytest.mark.parametrize(
    ("redirected", "status"),
    [("<&-", 0), (">&-", 0), ("2>&-", 0), (">/dev/full", 1)],
)
async def test_streams_that_are_closed_or_full_give_no_traceback(
    flood: Store, database: Database, redirected: str, status: int
) -> None:
    program = await asyncio.create_subprocess_exec(
        *("sh", "-c", f'"$@" {redirected}', "sh", *DATELINE, "timeline", "norvale"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({"DATELINE_DATABASE": database.app_dsn}),
        cwd=PROJECT,
    )
    _, complaint = await program.communicate()

    assert program.returncode == status, complaint
    assert complaint == (b"dateline: No space left on device.\n" if status else b"")


async def test_a_file_from_a_closed_input_is_empty(store: Store, database: Database) -> None:
    program = await asyncio.create_subprocess_exec(
        *("sh", "-c", '"$@" <&-', "sh", *DATELINE, "file"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({"DATELINE_DATABASE": database.app_dsn}),
        cwd=PROJECT,
    )
    told, _ = await program.communicate()

    assert (program.returncode, told) == (0, b"0 lines appended, 0 refused.\n")


async def test_a_terminal_that_lacks_letters_gets_them_spelt(
    flood: Store, database: Database
) -> None:
    program = await asyncio.create_subprocess_exec(
        *(*DATELINE, "timeline", "norvale"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(
            {"DATELINE_DATABASE": database.app_dsn, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
        ),
        cwd=PROJECT,
    )
    told, complaint = await program.communicate()

    assert (program.returncode, complaint) == (0, b"")
    assert told.isascii()


async def test_ctrl_c_is_status_130_without_a_traceback(store: Store, database: Database) -> None:
    program = await asyncio.create_subprocess_exec(
        *(*DATELINE, "file"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({"DATELINE_DATABASE": database.app_dsn}),
        cwd=PROJECT,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(FLOOD.strip().splitlines()[0].encode() + b"\n")
    first = await program.stdout.readline()
    program.send_signal(signal.SIGINT)
    rest, complaint = await program.communicate()

    assert first == b"line 1: position 1, norvale-flood version 1\n"
    assert rest == b"Stopped after line 1. 1 line appended, 0 refused.\n"
    assert (program.returncode, complaint) == (130, b"")
