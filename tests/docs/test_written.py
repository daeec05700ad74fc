"""Pages that are written from other files: up to date, and whole; and the commands' own examples."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import habeas
from tests import write_docs
from tests.conftest import ROOT
from tests.docs.log_desk import BEFORE, log_desk, serve_once
from tests.docs.shell import Shell, checkout_environment

VOCABULARY = habeas.read_laws().vocabulary
COMMANDS = write_docs.commands()
EXAMPLES = {
    one: name
    for name, command in COMMANDS.items()
    for one in write_docs.example(command).split(", ")
    if one
}

SERVE = ("habeas log serve", "habeas log witness run", "habeas serve")
"""Commands that run until they are ended."""

CASES = """
- name: nobody holds anybody for a newspaper
  place: us-tx
  request: {received_on: 2025-01-02, instrument: records request, requester_kind: press}
  otherwise: no
  expect: {hold: deny}
"""


@pytest.mark.parametrize("path", write_docs.WRITERS)
def test_it_is_what_the_writer_writes(path: str) -> None:
    text = write_docs.WRITERS[path]()
    assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path} is stale: run `make docs`"


def test_every_word_of_the_vocabulary_is_on_its_page_with_a_meaning() -> None:
    page = (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8")
    words = [*VOCABULARY.facts.values(), *VOCABULARY.items.values(), *VOCABULARY.groups.values()]
    words += [*VOCABULARY.actors.values(), *VOCABULARY.acts.values()]
    words += [column for columns in VOCABULARY.tables.values() for column in columns.values()]
    assert len(words) > 100
    assert [w.name for w in words if f"| `{w.name}` |" not in page or w.meaning not in page] == []
    assert [name for name in VOCABULARY.tables if f"## Table `{name}`" not in page] == []


def test_every_command_argument_and_option_is_on_its_page_with_a_meaning() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert {"habeas decide", "habeas explain", "habeas records check"} <= set(COMMANDS)
    for name, command in COMMANDS.items():
        (section,) = (part for part in page.split("\n## ")[1:] if part.startswith(f"`{name}`\n"))
        for one in command.params:
            argument = one.param_type_name == "argument"
            word = one.metavar.strip("[]").replace("|", "\\|") if argument else one.opts[-1]
            assert one.hidden or f"| `{word}" in section, f"{name}: {word}"


def test_a_word_without_a_meaning_is_refused() -> None:
    minor = replace(VOCABULARY.facts["minor"], meaning=" ")
    spoilt = replace(VOCABULARY, facts={**VOCABULARY.facts, "minor": minor})
    with pytest.raises(ValueError, match="`minor` has no meaning"):
        write_docs.vocabulary(spoilt)


def test_a_command_or_an_option_without_help_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = write_docs.whole()
    monkeypatch.setattr(write_docs, "whole", lambda: whole)
    option = next(one for one in whole.commands["decide"].params if one.name == "place")
    with monkeypatch.context() as spoilt:
        spoilt.setattr(option, "help", "")
        with pytest.raises(ValueError, match="`place` of `habeas decide` has no help"):
            write_docs.commands_page()
    monkeypatch.setattr(whole.commands["decide"], "help", None)
    with pytest.raises(ValueError, match="`habeas decide` has no help"):
        write_docs.commands_page()


def test_every_command_has_an_example() -> None:
    assert set(COMMANDS) - set(EXAMPLES.values()) == set()


OFFICES = (
    "habeas office found fir",
    "habeas office first-users mia ann --office fir",
    "habeas office backup-key backup.key",
    "habeas office backup sunday --key-file backup.key --office fir",
    "habeas office found oak",
    "habeas office found demo",
)
"""What was done already in the offices that the examples name."""


def offices(folder: Path) -> None:
    """Folders of offices: `fir`, `oak`, `elm`, and `demo` of a demo."""
    for name in ("fir", "oak", "elm", "demo"):
        (folder / name).mkdir()
        demo = "demo: yes\nrecords: ../jail\n" if name == "demo" else ""
        text = f"name: {name.title()} County Sheriff\nplace: us-ca\naddress: [1 Main Street]\nlog: log\n{demo}"
        (folder / name / "office.yaml").write_text(text)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell in a folder with what the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    for part in ("laws", "examples"):
        shutil.copytree(ROOT / part, folder / part)
    (folder / "export").mkdir()
    (folder / "export" / "people.csv").write_text(
        "SubjectIdentificationID,PersonSurName\n1,Alder\n"
    )
    (folder / "cases").mkdir()
    (folder / "cases" / "one.yaml").write_text(CASES)
    shutil.copy(folder / "examples" / "requests" / "doj-2025-07-17.yaml", folder / "request.yaml")
    offices(folder)
    with log_desk(folder) as environment:
        environment = {
            **checkout_environment(folder),
            **environment,
            "HABEAS_KEYS": str(folder / "office-keys"),
        }
        shell = Shell(folder, folder.parent / "examples-state", environment)
        assert shell.run("habeas sample jail --people 40 --seed 7").code == 0
        request = "examples/requests/i-247a.yaml"
        decide = f"habeas decide {request} --records jail --place us-ca --out answer"
        for command in (decide, *BEFORE, *OFFICES):
            assert shell.run(command).code == 0, command
        yield shell


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_runs(example: str, desk: Shell) -> None:
    if EXAMPLES[example] in SERVE:
        *_, address, ended = serve_once(example, desk.folder, desk.environment)
        assert address.startswith(("listening: http://127.0.0.1:", "listening: http://localhost:"))
        assert ended == "ended"
        return
    done = desk.run(example)
    finds = EXAMPLES[example] in ("habeas records check", "habeas lint", "habeas diff")
    assert done.code in ((0, 1) if finds else (0,)), done.output
    assert done.output.strip()
