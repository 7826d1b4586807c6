"""Goal: the containers get what Dateline is made of, and are told nothing that nobody reads.

Method: the Dockerfile, docker-compose.yml and docker/roles.sh are read as text and held against the
wheel's packages, the settings, and the embedded database. No container is run.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import fields
from pathlib import Path

from api.settings import Settings
from store.store import APP_ROLE

PROJECT = Path(__file__).resolve().parents[1]
COMPOSE = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
ROLES = PROJECT / "docker" / "roles.sh"


def test_the_image_is_built_from_every_package_of_the_wheel() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE) == packages


def test_every_variable_that_a_container_is_given_is_read_there() -> None:
    given = set(re.findall(r"^      (DATELINE_\w+):", COMPOSE, re.MULTILINE))
    read = {f"DATELINE_{field.name.upper()}" for field in fields(Settings)}
    read |= set(re.findall(r"\\getenv \w+ (\w+)", ROLES.read_text(encoding="utf-8")))

    assert {"DATELINE_DATABASE", "DATELINE_APP_PASSWORD"} <= given <= read


def test_the_role_that_the_api_connects_as_is_the_one_that_is_made() -> None:
    assert f"CREATE ROLE {APP_ROLE} LOGIN" in ROLES.read_text(encoding="utf-8")
    assert f"postgresql://{APP_ROLE}@database/" in COMPOSE


def test_the_script_that_makes_it_can_be_run() -> None:
    # What cannot be is read into the image's own shell instead, with `set -u` and all.
    assert os.access(ROLES, os.X_OK)


def test_text_is_kept_and_ordered_as_in_the_embedded_database() -> None:
    embedded = (PROJECT / "store" / "embedded.py").read_text(encoding="utf-8")
    options = r"--(?:locale|locale-provider|builtin-locale)=\w+|--data-checksums"

    assert set(re.findall(options, COMPOSE)) == set(re.findall(options, embedded))
