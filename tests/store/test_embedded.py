"""The embedded PostgreSQL starts wherever Dateline may be run, and never harms what is not its own.

Each test has a data folder of its own, and real servers are started, stopped and killed in it: only
such as the test itself started. As root the server runs as another account, and what that brings is
tested only as root; an ordinary user's case is run as root too, by a process that gives root up.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from store import embedded as module
from store.embedded import Embedded, EmbeddedError, default_folder

PROJECT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root runs the server as another account")
only_user = pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every account can enter, with room for a socket's path: unlike tmp_path."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-test-"))
    folder.chmod(0o711)
    yield folder
    for lock in sorted(folder.rglob("lock")):
        with contextlib.suppress(EmbeddedError):
            Embedded(lock.parent).stop()
    shutil.rmtree(folder)


def new(folder: Path) -> Embedded:
    return Embedded(folder, durable=False)


@pytest.fixture(scope="module")
def pattern() -> Iterator[Path]:
    """A data folder with a cluster that was made once, for copying: making one takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-test-"))
    folder.chmod(0o711)
    embedded = new(folder / "data")
    embedded.start()
    embedded.stop()
    yield embedded.folder
    shutil.rmtree(folder)


@pytest.fixture
def cluster(place: Path, pattern: Path) -> Embedded:
    """A cluster that was started and stopped before."""
    subprocess.run(["/bin/cp", "-a", str(pattern), str(place / "data")], check=True)
    return new(place / "data")


async def ask(dsn: str, question: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def kill_postmaster(embedded: Embedded) -> None:
    """As the machine's memory running out does: without a chance to clean up."""
    pid = embedded.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while embedded.status().running:
        time.sleep(0.01)


@pytest.fixture
def bystander(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the server's own account that has nothing to do with it."""
    account = Embedded(place / "data")._account()
    who = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    process = subprocess.Popen(["/bin/sleep", "600"], **who)  # type: ignore[call-overload]
    yield process
    process.kill()
    process.wait()


# Starting and stopping


@pytest.fixture(scope="module")
def first() -> Iterator[Embedded]:
    """One that has just been started for the first time, as users do."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-test-"))
    folder.chmod(0o711)
    embedded = Embedded(folder / "data")
    embedded.start()
    yield embedded
    embedded.stop()
    shutil.rmtree(folder)


async def test_a_first_start_makes_a_database_with_an_owner_and_an_application_role(first):
    embedded, dsn = first, first.owner_dsn

    assert embedded.started
    assert await ask(dsn, "SELECT current_user || ' ' || current_database()") == "dateline dateline"
    assert await ask(embedded.app_dsn, "SELECT current_user") == "dateline_app"
    powers = (
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls "
        "FROM pg_roles WHERE rolname = user"
    )
    for own in (embedded.owner_dsn, embedded.app_dsn):
        assert await ask(own, powers) is False
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'dateline'"
    assert await ask(dsn, owner) == "dateline"


async def test_the_application_role_can_make_no_tables(first):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(first.app_dsn, "CREATE TABLE public.mine (id int)")


async def test_a_cluster_keeps_what_it_was_told_and_listens_on_no_network(first):
    async def setting(name: str) -> str:
        return await ask(first.owner_dsn, f"SELECT current_setting('{name}')")

    assert (await setting("server_version")).startswith("18.")
    assert await setting("fsync") == await setting("full_page_writes") == "on"
    assert await setting("synchronous_commit") == await setting("data_checksums") == "on"
    assert await setting("listen_addresses") == ""
    assert await setting("unix_socket_permissions") == "0700"
    assert await setting("shared_buffers") == "256MB"
    assert await setting("TimeZone") == await setting("log_timezone") == "UTC"
    assert await setting("jit") == "off"


async def test_text_is_utf_8_and_its_case_is_that_of_unicode_whatever_the_users_locale(
    place, monkeypatch
):
    monkeypatch.setenv("LC_ALL", "xx_XX.ISO-8859-1")
    monkeypatch.setenv("LANG", "C")

    dsn = new(place / "data").start()

    assert await ask(dsn, "SELECT lower('КИЇВ') || upper('ß')") == "київSS"
    assert await ask(dsn, "SHOW server_encoding") == "UTF8"


async def test_postgresqls_own_variables_change_nothing(place, monkeypatch):
    for name, value in {
        "PGPORT": "1",
        "PGHOST": "127.0.0.1",
        "PGUSER": "somebody",
        "PGDATABASE": "elsewhere",
        "PGDATA": str(place / "elsewhere"),
        "PGOPTIONS": "-c nonsense=1",
        "PGSERVICE": "nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    embedded = new(place / "data")

    assert await ask(embedded.start(), "SELECT current_user") == "dateline"
    assert not (place / "elsewhere").exists()


async def test_starting_again_finds_the_running_server(cluster):
    first, second = cluster, new(cluster.folder)
    first.start()
    pid = first.status().pid

    dsn = second.start()

    assert dsn == first.owner_dsn
    assert second.status().pid == pid
    assert first.started
    assert not second.started


async def test_what_was_written_is_there_after_a_stop_and_a_start(cluster):
    embedded = Embedded(cluster.folder)
    await ask(embedded.start(), "CREATE TABLE kept AS SELECT 1 AS n")

    assert embedded.stop() is True
    assert embedded.status().running is False
    assert await ask(embedded.start(), "SELECT n FROM kept") == 1


def test_stopping_twice_is_no_error(cluster):
    cluster.start()

    assert cluster.stop() is True
    assert cluster.stop() is False
    assert not cluster.started


def test_stopping_what_never_was_makes_nothing(place):
    assert Embedded(place / "data").stop() is False
    assert not (place / "data").exists()


async def test_stopping_ends_open_connections(cluster):
    connection = await asyncpg.connect(cluster.start())

    assert await asyncio.to_thread(cluster.stop) is True

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await connection.fetchval("SELECT 1")


def test_the_status_tells_a_missing_a_running_and_a_stopped_cluster_apart(place):
    embedded = new(place / "data")

    before = embedded.status()
    embedded.start()
    during = embedded.status()
    embedded.stop()
    after = embedded.status()

    assert (before.made, before.running, before.version, before.pid) == (False, False, None, None)
    assert (during.made, during.running, during.version) == (True, True, "18")
    assert during.pid is not None
    assert (after.made, after.running, after.version, after.pid) == (True, False, "18", None)
    assert before.folder == place / "data"
    assert during.socket_folder == place / "data" / "cluster"


def test_psql_opens_the_database_as_its_owner(cluster):
    cluster.start()

    command = [*cluster.psql_command(), "-XAtc", "SELECT current_user, current_database()"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert said == "dateline|dateline\n"


async def test_a_role_that_was_dropped_comes_back_with_the_next_start(cluster):
    cluster.start()
    await ask(cluster.superuser_dsn, "DROP ROLE dateline_app")

    cluster.start()

    assert await ask(cluster.app_dsn, "SELECT 1") == 1


def test_many_starters_at_once_start_one_server(place):
    program = """
        import sys
        from pathlib import Path
        from store.embedded import Embedded
        embedded = Embedded(Path(sys.argv[1]), durable=False)
        embedded.start()
        print(embedded.started, embedded.status().pid)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(place / "data")]
    starters = [
        subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]

    said = [starter.communicate()[0].split() for starter in starters]

    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert sorted(started for started, _ in said) == ["False", "False", "True"]
    assert len({pid for _, pid in said}) == 1


# After accidents


async def test_nothing_committed_is_lost_when_the_server_is_killed(cluster):
    embedded = Embedded(cluster.folder)
    await ask(embedded.start(), "CREATE TABLE kept AS SELECT 1 AS n")
    kill_postmaster(embedded)

    again = Embedded(cluster.folder)

    assert await ask(again.start(), "SELECT n FROM kept") == 1
    assert again.started


async def test_a_killed_servers_number_that_another_process_has_by_now_is_not_trusted(
    cluster, bystander
):
    cluster.start()
    kill_postmaster(cluster)
    give_number_to(bystander, cluster)

    assert not cluster.status().running
    assert new(cluster.folder).stop() is False
    assert bystander.poll() is None

    again = new(cluster.folder)
    assert await ask(again.start(), "SELECT 1") == 1
    assert again.started
    assert again.stop() is True
    assert bystander.poll() is None


def give_number_to(process: subprocess.Popen[bytes], embedded: Embedded) -> None:
    """As if the machine had counted round to the dead server's number."""
    for path in (embedded.data / "postmaster.pid", embedded.home / ".s.PGSQL.5432.lock"):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([str(process.pid), *lines[1:]]) + "\n")


@pytest.mark.parametrize("left", ["", "\n", "nonsense\n", "99"])
async def test_a_pid_file_cut_short_is_no_hindrance(cluster, left):
    cluster.start()
    kill_postmaster(cluster)
    (cluster.data / "postmaster.pid").write_text(left)
    (cluster.home / ".s.PGSQL.5432.lock").write_text(left)

    assert await ask(cluster.start(), "SELECT 1") == 1


def test_a_running_server_that_cannot_be_told_from_a_strangers_is_not_signalled(cluster, bystander):
    cluster.start()
    pid_file = cluster.data / "postmaster.pid"
    true_word = pid_file.read_bytes()
    give_number_to(bystander, cluster)

    with pytest.raises(EmbeddedError, match="cannot be seen from here"):
        cluster.stop()

    assert bystander.poll() is None
    pid_file.write_bytes(true_word)


async def test_a_cluster_whose_making_was_cut_off_is_made_anew(place):
    embedded = new(place / "data")
    unfinished = embedded.home / "data.unfinished"
    start_and_kill_at(unfinished / "PG_VERSION", embedded.folder)
    assert unfinished.exists()
    assert not embedded.status().made

    assert await ask(embedded.start(), "SELECT 1") == 1
    assert not unfinished.exists()


def start_and_kill_at(sign: Path, folder: Path) -> None:
    """Start a server in a process group of its own, and kill all of it once the file appears."""
    program = """
        import sys
        from pathlib import Path
        from store.embedded import Embedded
        Embedded(Path(sys.argv[1]), durable=False).start()
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(folder)]
    maker = subprocess.Popen(command, cwd=PROJECT, start_new_session=True)
    while not sign.exists():
        assert maker.poll() is None
        time.sleep(0.001)
    os.killpg(maker.pid, signal.SIGKILL)
    maker.wait()


async def test_a_server_that_was_started_but_not_set_up_is_set_up_by_the_next(place, monkeypatch):
    embedded = new(place / "data")
    with monkeypatch.context() as cut_off:
        cut_off.setattr(module, "ROLES", "")
        cut_off.setattr(module, "DATABASE", "")
        embedded.start()

    again = new(place / "data")

    assert await ask(again.start(), "SELECT 1") == 1
    assert not again.started


def test_a_server_that_does_not_start_shows_the_end_of_its_log(cluster):
    with (cluster.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")

    with pytest.raises(EmbeddedError) as refused:
        cluster.start()

    assert f"The embedded PostgreSQL in {cluster.folder} did not start" in refused.value.detail
    assert 'unrecognized configuration parameter "no_such_setting"' in refused.value.detail
    assert "system is shut down" not in refused.value.detail


async def test_settings_cannot_move_the_socket_out_of_reach(cluster):
    with (cluster.data / "postgresql.conf").open("a") as settings:
        settings.write("port = 54321\nunix_socket_directories = '/nowhere'\n")

    assert await ask(cluster.start(), "SELECT current_setting('port')") == "5432"


# Folders


def test_a_cluster_of_another_major_version_is_refused_and_left_alone(place):
    embedded = Embedded(place / "data")
    embedded.data.mkdir(parents=True)
    version = embedded.data / "PG_VERSION"
    version.write_text("17\n")

    for attempt in (embedded.start, embedded.stop, embedded.status):
        with pytest.raises(EmbeddedError, match=r"PostgreSQL 17.*backup.*restore"):
            attempt()

    assert list(embedded.data.iterdir()) == [version]


def test_a_folder_that_holds_something_else_is_left_alone(place):
    embedded = Embedded(place / "data")
    embedded.data.mkdir(parents=True)
    (embedded.data / "letters.txt").write_text("mine")

    with pytest.raises(EmbeddedError, match=r"in the way|not a cluster"):
        embedded.start()

    assert (embedded.data / "letters.txt").read_text() == "mine"
    assert embedded.home.stat().st_uid == os.geteuid()


def test_a_file_in_the_folders_place_is_named(place):
    (place / "data").write_text("mine")

    with pytest.raises(EmbeddedError, match=rf"data folder {place / 'data'} cannot be used"):
        Embedded(place / "data").start()


@only_user
def test_a_folder_that_may_not_be_written_is_named(place):
    (place / "closed").mkdir(mode=0o500)

    with pytest.raises(EmbeddedError, match=r"Permission denied.*DATELINE_DATA"):
        Embedded(place / "closed" / "data").start()


async def test_a_folder_too_deep_for_a_socket_has_it_in_a_private_temporary_one(place, monkeypatch):
    folder = place / ("deep" * 20) / ("deeper" * 10)
    embedded = new(folder)
    dsn = embedded.start()
    sockets = embedded.status().socket_folder

    try:
        assert await ask(dsn, "SELECT current_user") == "dateline"
        assert sockets.parent == Path(tempfile.gettempdir())
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert sockets.stat().st_uid == embedded.home.stat().st_uid
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        assert new(folder).owner_dsn == dsn
    finally:
        embedded.stop()
        sockets.rmdir()


def test_a_temporary_folder_that_others_can_enter_is_not_used(place, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    embedded = new(place / ("deep" * 30))
    squatted = embedded.status().socket_folder
    squatted.mkdir()
    squatted.chmod(0o777)

    with pytest.raises(EmbeddedError, match=rf"{squatted}.*not a private folder"):
        embedded.start()

    assert list(squatted.iterdir()) == []


@pytest.mark.parametrize("name", ["with space", "with,comma", "it's", "Київ", "100%", "a&b?c#d"])
async def test_a_folder_may_have_any_ordinary_name(cluster, place, name):
    embedded = new(cluster.folder.rename(place / name))

    dsn = embedded.start()
    sockets = embedded.status().socket_folder

    try:
        assert await ask(dsn, "SELECT current_user") == "dateline"
        assert embedded.stop() is True
    finally:
        sockets.rmdir()


@pytest.mark.parametrize("name", ["$HOME", "`id`", 'say "so"', "back\\slash"])
def test_a_name_that_a_shell_would_change_is_refused(place, name):
    with pytest.raises(EmbeddedError, match="character in its name"):
        Embedded(place / name).start()

    assert list(place.iterdir()) == []


async def test_a_folder_that_was_moved_still_starts(cluster, place):
    await ask(cluster.start(), "CREATE TABLE kept AS SELECT 1 AS n")
    cluster.stop()
    cluster.folder.rename(place / "after")

    assert await ask(new(place / "after").start(), "SELECT n FROM kept") == 1


# Accounts


@only_root
def test_as_root_the_server_runs_as_another_account_in_a_folder_closed_to_the_rest(place):
    embedded = new(place / "data")
    embedded.start()

    pid = embedded.status().pid
    status = Path(f"/proc/{pid}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    groups = next(line for line in status.splitlines() if line.startswith("Groups:")).split()[1:]

    assert {int(uid) for uid in uids} == {embedded.home.stat().st_uid} != {0}
    assert "0" not in groups
    assert embedded.home.stat().st_mode & 0o777 == 0o700
    assert embedded.folder.stat().st_uid == 0
    assert embedded.folder.stat().st_mode & 0o777 == 0o711


@only_root
def test_as_root_a_strict_umask_does_not_shut_the_server_out(place):
    before = os.umask(0o077)
    try:
        new(place / "new" / "deeper" / "data").start()
    finally:
        os.umask(before)


@only_root
def test_as_root_a_cluster_keeps_the_account_that_it_belongs_to(place):
    embedded = new(place / "data")
    embedded.home.mkdir(parents=True)
    daemon = pwd.getpwnam("daemon")
    os.chown(embedded.home, daemon.pw_uid, daemon.pw_gid)

    embedded.start()

    assert Path(f"/proc/{embedded.status().pid}").stat().st_uid == daemon.pw_uid


@only_root
def test_as_root_a_folder_that_the_servers_account_cannot_enter_is_named_and_left_closed(place):
    closed = place / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(EmbeddedError) as refused:
        Embedded(closed / "data").start()

    assert f"may not enter {closed}, " in refused.value.detail
    assert "DATELINE_DATA" in refused.value.detail
    assert closed.stat().st_mode & 0o777 == 0o700
    assert list(closed.iterdir()) == []


@pytest.fixture
def carried(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package's PostgreSQL in a folder of the test's own, found before the installed one."""
    installed = module._package_binaries()
    carried = place / "carried"
    for part in ("bin", "lib", "share"):
        target = carried / module.PACKAGE / installed.name / part
        shutil.copytree(installed / part, target)
    libraries = installed.parents[1] / f"{module.PACKAGE}.libs"
    if libraries.exists():
        shutil.copytree(libraries, carried / libraries.name)
    (carried / module.PACKAGE / "__init__.py").touch()
    monkeypatch.syspath_prepend(carried)
    importlib.invalidate_caches()
    assert module._package_binaries().is_relative_to(carried)
    return carried


@only_root
async def test_as_root_binaries_that_the_account_cannot_reach_are_copied_once(place, carried):
    carried.chmod(0o700)
    embedded = new(place / "data")

    embedded.start()

    [copy] = embedded.folder.glob("dateline-postgresql-*")
    made = copy.stat()
    running = os.readlink(f"/proc/{embedded.status().pid}/exe")
    assert running == str(copy / module.PACKAGE / "pginstall18" / "bin" / "postgres")
    assert made.st_uid == 0
    assert carried.stat().st_mode & 0o777 == 0o700
    assert await ask(embedded.owner_dsn, "SELECT to_tsvector('russian', 'города')::text") != ""
    embedded.stop()
    embedded.start()
    assert [found.stat() for found in embedded.folder.glob("dateline-postgresql-*")] == [made]


@only_root
def test_as_root_a_copy_cut_off_is_made_anew_and_an_older_one_goes(cluster, carried):
    carried.chmod(0o700)
    cluster.start()
    cluster.stop()
    [copy] = cluster.folder.glob("dateline-postgresql-*")
    copy.rename(copy.with_name("dateline-postgresql-0.1"))
    partial = copy.with_name(f"partial-{copy.name}")
    partial.mkdir()
    (partial / "half").touch()

    cluster.start()

    assert list(cluster.folder.glob("*postgresql*")) == [copy]


@only_root
def test_as_root_binaries_that_can_be_reached_are_not_copied(cluster, carried):
    cluster.start()

    assert list(cluster.folder.glob("*postgresql*")) == []
    assert os.readlink(f"/proc/{cluster.status().pid}/exe").startswith(str(carried))


@only_root
def test_an_ordinary_user_makes_starts_and_stops_a_cluster_of_his_own(place, carried):
    (place / "home").mkdir()
    os.chown(place / "home", 65534, 65534)
    (place / "closed").mkdir()
    program = f"""
        import asyncio, json, os, subprocess, sys
        from pathlib import Path
        from store.embedded import Embedded, EmbeddedError, default_folder
        sys.path.insert(0, {str(carried)!r})
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        embedded = Embedded(default_folder({{"HOME": {str(place / "home")!r}}}))
        embedded.start()
        ask = [*embedded.psql_command(), "-XAtc", "SELECT current_user"]
        try:
            Embedded(Path({str(place / "closed" / "data")!r})).start()
        except EmbeddedError as error:
            refused = error.detail
        print(json.dumps({{
            "folder": str(embedded.folder),
            "mode": embedded.folder.stat().st_mode & 0o777,
            "owner": Path(f"/proc/{{embedded.status().pid}}").stat().st_uid,
            "psql": subprocess.run(ask, capture_output=True, text=True, cwd="/").stdout,
            "started": embedded.started,
            "stopped": embedded.stop(),
            "running": embedded.status().running,
            "refused": refused,
        }}))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["folder"] == str(place / "home" / ".local" / "share" / "dateline")
    assert said["mode"] == 0o700
    assert said["owner"] == 65534
    assert said["psql"] == "dateline\n"
    assert said["started"]
    assert said["stopped"]
    assert not said["running"]
    closed = place / "closed" / "data"
    assert said["refused"] == (
        f"The data folder {closed} cannot be used: Permission denied ({closed}). Name another "
        "with DATELINE_DATA."
    )


def test_a_platform_without_the_package_is_told_what_else_there_is(place, monkeypatch):
    monkeypatch.setattr(module, "PACKAGE", "dateline_no_such_package")

    with pytest.raises(EmbeddedError, match=r"not installed.*DATELINE_DATABASE"):
        Embedded(place / "data").start()


# The default folder


def test_the_folder_that_was_named_comes_first():
    assert default_folder({"DATELINE_DATA": "/srv/dateline", "HOME": "/home/x"}) == Path(
        "/srv/dateline"
    )


def test_a_folder_named_without_a_root_is_below_the_working_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert default_folder({"DATELINE_DATA": "here"}) == tmp_path / "here"


def test_root_has_the_systems_folder_for_it(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_folder({"DATELINE_DATA": "", "HOME": "/root"}) == Path("/var/lib/dateline")


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HOME": "/home/x"}, "/home/x/.local/share/dateline"),
        ({"HOME": "/home/x", "XDG_DATA_HOME": "/data"}, "/data/dateline"),
        ({"HOME": "/home/x", "XDG_DATA_HOME": "not/absolute"}, "/home/x/.local/share/dateline"),
    ],
)
def test_an_ordinary_user_has_one_below_his_home(monkeypatch, environ, folder):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_folder(environ) == Path(folder)


def test_an_account_without_a_home_is_asked_for_a_folder(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    with pytest.raises(EmbeddedError, match=r"no home folder.*DATELINE_DATA"):
        default_folder({"HOME": ""})
