"""docs/workflows.md is drawn from the tables and never stale."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from core import registry
from core.management.commands.workflow_diagrams import document, section
from grants.models import Application


def test_document_in_the_repository_is_fresh():
    call_command("workflow_diagrams", check=True)


def test_check_fails_where_the_file_is_stale_or_missing(tmp_path: Path):
    path = tmp_path / "docs" / "workflows.md"
    with pytest.raises(CommandError, match="is stale"):
        call_command("workflow_diagrams", check=True, file=path)

    call_command("workflow_diagrams", file=path, verbosity=0)
    call_command("workflow_diagrams", check=True, file=path)
    path.write_text(path.read_text() + "edited by hand\n")

    with pytest.raises(CommandError, match="is stale"):
        call_command("workflow_diagrams", check=True, file=path)


def test_every_case_is_drawn_in_every_language_alike():
    flows = [registry.workflows[model] for model in registry.case_models()]

    text = document(flows)

    assert text.count("stateDiagram-v2") == len(flows)
    with translation.override("en"):
        assert document(flows) == text


def test_section_shows_each_move_and_what_it_needs():
    with translation.override("ja"):
        text = section(registry.workflows[Application])

    assert "    [*] --> draft\n" in text
    assert "    recommended --> decided: decide\n" in text
    assert "not by whoever did `recommend`; runs from a decided approval (決)" in text
    assert "a letter (✎ `application_announce`)" in text
    assert "Owners see `under_review` for `decided`." in text
