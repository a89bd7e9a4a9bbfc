"""docker-compose.yml as data: who may what, who checks whose health, what is kept secret."""

import re

import pytest
import yaml

from clair.launcher import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("web", "worker", "beat", "migrate", "backup", "proxy")
LONG_RUNNING = [name for name in SERVICES if name not in {"migrate", "backup"}]


def text_of(service):
    return yaml.safe_dump(SERVICES[service], allow_unicode=True)


def test_the_parts_are_there():
    assert set(SERVICES) == {*OURS, "db", "valkey", "clamd"}


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_every_part_that_stays_tells_its_health_and_comes_back(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", [*OURS, "db", "valkey"])
def test_read_only_and_without_rights(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_images_run_as_ordinary_users():
    dockerfile = (ROOT / "Dockerfile").read_text()
    stages = re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[1:]
    users = {stage.split("\n", 1)[0]: re.findall(r"^USER (\w+)", stage, re.M) for stage in stages}

    assert users["${PYTHON_IMAGE} AS app"] == ["clair"]
    assert users["app AS tools"][-1] == "clair"
    assert (SERVICES["db"]["user"], SERVICES["valkey"]["user"]) == ("postgres", "valkey")


def test_only_the_proxy_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("db", "valkey", "beat", "migrate"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_the_owners_password_is_where_it_is_needed_alone():
    holders = [name for name in SERVICES if "CLAIR_OWNER_PASSWORD" in text_of(name)]

    assert holders == ["migrate", "db", "backup"]


def test_every_variable_is_in_the_example_or_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / "deploy" / "env.example").read_text()
    given = set(re.findall(r"^([A-Z0-9_]+)=", example, re.M))
    needed = set(re.findall(r"\$\{([A-Z0-9_]+)(?::\?[^}]*)?\}", text))

    assert needed - given == set()


def test_nothing_secret_is_written_down():
    example = (ROOT / "deploy" / "env.example").read_text()
    secrets = re.findall(r"^\w*(?:PASSWORD|SECRET|TOKEN)\w*=(.*)$", example, re.M)

    assert set(secrets) == {""}
