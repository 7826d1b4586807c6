"""Goal: settings are read from the environment, and those that cannot be are refused by name.

Method: environments as dictionaries; what each refusal says, and that no secret is in it.
"""

from __future__ import annotations

import pytest

from api.settings import Settings
from domain.errors import Invalid

SECRET = "swordfish"
GOOD = {"DATELINE_DATABASE": f"postgresql://dateline:{SECRET}@db.example/dateline"}


def test_a_database_is_enough() -> None:
    settings = Settings.from_environment(GOOD)

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.reads_openly
    assert settings.hosts == {"localhost", "127.0.0.1", "[::1]"}


def test_every_setting_is_read() -> None:
    settings = Settings.from_environment(
        {
            **GOOD,
            "DATELINE_HOST": "0.0.0.0",
            "DATELINE_PORT": "80",
            "DATELINE_OPEN_READING": "Yes",
            "DATELINE_ALLOWED_HOSTS": "norvale.example, Estra.example",
            "DATELINE_BODY_LIMIT": "1000",
        }
    )

    assert (settings.host, settings.port, settings.body_limit) == ("0.0.0.0", 80, 1000)
    assert settings.reads_openly
    assert settings.hosts == {"norvale.example", "estra.example"}


def test_what_is_given_goes_before_the_environment() -> None:
    environ = {**GOOD, "DATELINE_PORT": "80", "DATELINE_HOST": "localhost"}
    settings = Settings.from_environment(environ, port=0, host=None)

    assert (settings.port, settings.host) == (0, "localhost")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.0.2.1", False), ("norvale.example", False)],
)  # fmt: skip
def test_reading_is_open_exactly_where_only_this_machine_can_connect(
    host: str, loopback: bool
) -> None:
    settings = Settings.from_environment({**GOOD, "DATELINE_HOST": host})

    assert settings.reads_openly is loopback
    assert (settings.hosts is None) is not loopback


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATELINE_DATABASE", "", "DATELINE_DATABASE"),
        ("DATELINE_DATABASE", f"host=db password={SECRET}", "postgresql://"),
        ("DATELINE_PORT", "http", "whole number"),
        ("DATELINE_PORT", "65536", "65535"),
        ("DATELINE_PORT", "-1", "whole number"),
        ("DATELINE_OPEN_READING", "maybe", "true or false"),
        ("DATELINE_ALLOWED_HOSTS", "norvale.example:80", "without port"),
        ("DATELINE_ALLOWED_HOSTS", ",", "nobody"),
        ("DATELINE_BODY_LIMIT", "0", "bytes"),
        ("DATELINE_BODY_LIMIT", "10 MB", "whole number"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(name: str, value: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refusal:
        Settings.from_environment({**GOOD, name: value})

    assert refusal.value.where == name
    assert SECRET not in str(refusal.value)


def test_a_name_from_elsewhere_and_silence_about_reading_contradict_each_other() -> None:
    environ = {**GOOD, "DATELINE_ALLOWED_HOSTS": "localhost,norvale.example"}

    with pytest.raises(Invalid, match="DATELINE_OPEN_READING"):
        Settings.from_environment(environ)
    assert not Settings.from_environment({**environ, "DATELINE_OPEN_READING": "no"}).reads_openly


def test_the_database_s_password_is_not_shown() -> None:
    assert SECRET not in repr(Settings.from_environment(GOOD))
