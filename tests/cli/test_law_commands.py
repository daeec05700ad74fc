"""The group `law`, and `law new`: skeletons that no command takes for law until they are written."""

import hashlib
import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

import habeas
from habeas.cli import app, law_commands
from habeas.errors import InputError, LawError
from habeas.law.book import LawBook, read_book
from habeas.law.ruleset import rule_set
from habeas.proofs.diff import diff_rules
from tests.conftest import LAWS
from tests.proofs.test_states import commit, git

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:z3")

DAY = date(2025, 7, 17)
AS_OF = ("--as-of", "2025-07-17")


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and output."""
    made = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "100"})
    if made.exception and not isinstance(made.exception, SystemExit):
        raise made.exception
    return made.exit_code, "\n".join(line.rstrip() for line in made.output.splitlines()) + "\n"


def written(folder: Path, place: str, authority: str = "state") -> LawBook:
    """The folder's law once somebody has written what was to be written."""
    for path in (folder / place).glob("*.md"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^source: TODO.*$", "source: https://example.org/ours", text, flags=re.M)
        text = re.sub(r"^authority: TODO.*$", f"authority: {authority}", text, flags=re.M)
        text = re.sub(r"^(title|citation): 'TODO.*$", r"\1: Our own", text, flags=re.M)
        text = re.sub(r"^## TODO.*? \{(#\S+) from=TODO", r"## § Ours {\1 from=2024-01-01", text, flags=re.M)  # fmt: skip
        text = text.replace("status=TODO-", "status=")
        text = re.sub(r"^TODO: hold.*\n\n", "", text, flags=re.M)
        path.write_text(text, encoding="utf-8")
    return read_book(folder, "laws")


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


# -- the group ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("us-tx", *AS_OF),
        ("us-ca/values-act#a1C",),
        ("--json",),
        ("--law", LAWS, "us-tx", *AS_OF),
    ],
    ids=str,
)
def test_show_may_be_left_out(arguments: tuple[object, ...]) -> None:
    assert run("law", *arguments) == run("law", "show", *arguments)
    assert run("law", *arguments)[0] == 0


def test_the_help_of_the_group_names_both() -> None:
    code, text = run("law", "--help")
    assert code == 0
    assert "new" in text
    assert "show" in text


def test_no_place_is_called_as_a_command_is() -> None:
    assert not {"new", "show"} & set(habeas.read_laws().places())


# -- law new --------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path: Path) -> Path:
    assert (
        run("law", "new", "us-or", "--from", "us-wa", *AS_OF, "--into", tmp_path / "laws")[0] == 0
    )
    return tmp_path / "laws"


def test_a_new_folder_has_all_that_law_needs(made: Path) -> None:
    assert files(made) == {
        "vocabulary.md",
        "us-ca/offenses.csv",
        "us-or/keep-washington-working.md",
        *(f"us/{path.name}" for path in (LAWS / "us").iterdir()),
    }


@pytest.mark.parametrize(
    "command",
    [
        ("check", "LAWS"),
        ("law", "us-or", "--law", "LAWS"),
        ("law", "us", "--law", "LAWS"),
        ("lint", "us-or", "--law", "LAWS"),
        ("diff", "us", "us-or", "--law", "LAWS"),
        ("compare", "us", "us-or", "--law", "LAWS"),
        ("prove", "never grant hold", "--place", "us-or", "--law", "LAWS"),
        ("cases", "none.yaml", "--law", "LAWS"),
    ],
    ids=lambda one: " ".join(one[:2]),
)
def test_a_skeleton_is_law_for_no_command(made: Path, command: tuple[str, ...]) -> None:
    with pytest.raises(LawError, match="this is still to be written"):
        run(*(one.replace("LAWS", str(made)) for one in command))


def test_a_request_is_not_decided_by_a_skeleton(made: Path) -> None:
    with pytest.raises(LawError, match="this is still to be written"):
        habeas.read_law("us-or", made)


@pytest.mark.parametrize("left", range(5))
def test_one_mark_that_is_left_is_enough_to_refuse_it(made: Path, left: int) -> None:
    path = made / "us-or" / "keep-washington-working.md"
    skeleton = path.read_text(encoding="utf-8")
    marked = [n for n, line in enumerate(skeleton.split("\n")) if "TODO" in line]
    number = marked[left * (len(marked) - 1) // 4]
    written(made, "us-or")  # reads
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole + "\n" + skeleton.split("\n")[number] + "\n", encoding="utf-8")
    with pytest.raises(LawError, match="this is still to be written"):
        read_book(made, "laws")


def test_every_citation_address_day_and_reading_is_marked(made: Path) -> None:
    text = (made / "us-or" / "keep-washington-working.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    lines = dict(line.split(": ", 1) for line in front.splitlines())
    assert {name for name, value in lines.items() if "TODO" in value} == {
        "title", "citation", "source",
    }  # fmt: skip
    headings = [line for line in body.splitlines() if line.startswith("## ")]
    drawn = habeas.read_laws().packs["us-wa/keep-washington-working"].provisions
    assert len(headings) == len([p for p in drawn if p.in_force(DAY)]) > 3
    assert all(re.fullmatch(r"## TODO: .* \{#\S+ from=TODO[^}]*\}", line) for line in headings)
    assert body.count("TODO: hold reading and blocks") == len(headings)
    assert "https://" not in body


def test_its_lineage_is_kept_and_read(made: Path) -> None:
    book = written(made, "us-or")
    pack = book.packs["us-or/keep-washington-working"]
    after, digest, *_ = pack.after.split(" ")
    assert after == "us-wa/keep-washington-working"
    data = (LAWS / "us-wa" / "keep-washington-working.md").read_bytes()
    assert digest == hashlib.sha256(data).hexdigest()


def test_the_commit_is_kept_where_the_bytes_are_the_committed_ones(tmp_path: Path) -> None:
    shutil.copytree(LAWS, tmp_path / "office" / "laws")
    git(tmp_path, "init", "--quiet")
    head = commit(tmp_path, "as it was")
    asked = (
        "law",
        "new",
        "us-or",
        "--from",
        "us-wa",
        *AS_OF,
        "--law",
        tmp_path / "office" / "laws",
    )
    run(*asked, "--into", tmp_path / "one")
    pack = "us-or/keep-washington-working.md"
    assert f" {head}\n---" in (tmp_path / "one" / pack).read_text(encoding="utf-8")
    source = tmp_path / "office" / "laws" / "us-wa" / "keep-washington-working.md"
    source.write_text(source.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    run(*asked, "--into", tmp_path / "two")
    text = (tmp_path / "two" / pack).read_text(encoding="utf-8")
    assert head not in text
    assert re.search(r"^after: us-wa/keep-washington-working [0-9a-f]{64}$", text, re.M)


@pytest.mark.parametrize(
    ("place", "other"),
    [("us-or", "us-wa"), ("us-nv", "us-ca"), ("us-ny", "us-il"), ("us-la", "us-tx")],
)
def test_what_was_written_answers_as_the_law_that_it_was_drawn_from(
    tmp_path: Path, place: str, other: str
) -> None:
    code, text = run(
        "law", "new", place, "--from", other, *AS_OF, "--into", tmp_path / "laws", "--json"
    )
    assert code == 0
    document = json.loads(text)
    assert sum(one["todos"] for one in document["packs"]) > 0
    book = written(tmp_path / "laws", place)
    assert not any(book.is_checked(p) for p in book.provisions() if p.pack.jurisdiction == place)
    mine, theirs = rule_set(book, place, DAY), habeas.read_law(other).in_force(DAY)
    assert {name.replace(f"{other}/", f"{place}/") for name in theirs.blocks} == set(mine.blocks)
    # What is contested in both is contested by one name, so that it is let to act in both or neither.
    names = {block: one.replace(f"{place}/", f"{other}/") for block, one in mine.contested.items()}
    mine.contested = names
    if other != "us-ca":  # California's list of offences is California's alone
        found = diff_rules(theirs, mine)
        assert found.settled
        assert not found.differs


def test_segments_that_were_not_in_force_are_named_and_not_drawn(tmp_path: Path) -> None:
    asked = ("law", "new", "us-wa-king", "--from", "us-ca-sf", *AS_OF, "--into", tmp_path / "laws")
    _, text = run(*asked)
    assert "left out, not in force that day: us-ca-sf/12i#" in text
    drawn = (tmp_path / "laws" / "us-wa-king" / "12i.md").read_text(encoding="utf-8")
    theirs = [p for p in habeas.read_laws().packs["us-ca-sf/12i"].provisions if p.in_force(DAY)]
    assert len(re.findall(r"^## ", drawn, re.M)) == len(theirs)
    assert written(tmp_path / "laws", "us-wa-king").places() == ("us", "us-wa", "us-wa-king")


def test_what_does_not_hold_there_is_told_once_all_is_written(tmp_path: Path) -> None:
    shutil.copytree(LAWS, tmp_path / "theirs")
    pack = tmp_path / "theirs" / "us-ca-sf" / "12h.md"
    text = pack.read_text(encoding="utf-8")
    text = re.sub(r"\{#12H\.2[^}]*\}", "{#12H.2 from=2023-01-01}", text, count=1)
    pack.write_text(text.replace("unless public\n", "unless public\nunless opens_7282_5\n", 1))
    asked = ("law", "new", "us-wa-king", "--from", "us-ca-sf", *AS_OF, "--law", tmp_path / "theirs")
    assert run(*asked, "--into", tmp_path / "laws")[0] == 0
    with pytest.raises(LawError, match="opens_7282_5") as error:
        written(tmp_path / "laws", "us-wa-king")
    assert "TODO" not in str(error.value)


def test_another_layer_has_to_say_its_authority(tmp_path: Path) -> None:
    run("law", "new", "us-or-lane", "--from", "us-wa", *AS_OF, "--into", tmp_path / "laws")
    text = (tmp_path / "laws" / "us-or-lane" / "keep-washington-working.md").read_text()
    assert "\nauthority: TODO (one of federal, state, county, city, agency)\n" in text
    assert "us-or-lane/keep-washington-working" in written(tmp_path / "laws", "us-or-lane", "county").packs  # fmt: skip


def test_conditions_that_name_the_others_place_are_told_by_line(tmp_path: Path) -> None:
    asked = (
        "law",
        "new",
        "us-nv",
        "--from",
        "us-ca",
        *AS_OF,
        "--into",
        tmp_path / "laws",
        "--json",
    )
    packs = {one["path"]: one for one in json.loads(run(*asked)[1])["packs"]}
    lines = (tmp_path / "laws" / "us-nv" / "plate-reads.md").read_text(encoding="utf-8").split("\n")
    told = packs["us-nv/plate-reads.md"]["lines_with_places"]
    assert told == [n for n, line in enumerate(lines, 1) if "'us-ca'" in line] != []


def test_a_status_that_a_court_gave_is_told_and_has_to_be_decided(tmp_path: Path) -> None:
    shutil.copytree(LAWS, tmp_path / "theirs")
    pack = tmp_path / "theirs" / "us-wa" / "keep-washington-working.md"
    text = pack.read_text(encoding="utf-8")
    pack.write_text(re.sub(r"\{#8 ", "{#8 status=enjoined ", text), encoding="utf-8")
    asked = ("law", "new", "us-or", "--from", "us-wa", *AS_OF, "--law", tmp_path / "theirs")
    _, told = run(*asked, "--into", tmp_path / "laws")
    assert "us-wa/keep-washington-working#8 is enjoined in us-wa" in told
    made = (tmp_path / "laws" / "us-or" / "keep-washington-working.md").read_text(encoding="utf-8")
    assert "from=TODO status=TODO-enjoined}" in made
    assert "It is enjoined there: is it here?" in made


def test_it_writes_into_a_folder_of_law_and_over_nothing(tmp_path: Path) -> None:
    shutil.copytree(LAWS, tmp_path / "laws")
    before = {name: (tmp_path / "laws" / name).read_bytes() for name in files(tmp_path / "laws")}
    asked = ("law", "new", "us-or", "--from", "us-wa", *AS_OF, "--into", tmp_path / "laws")
    assert run(*asked)[0] == 0
    assert files(tmp_path / "laws") - set(before) == {"us-or/keep-washington-working.md"}
    assert all((tmp_path / "laws" / name).read_bytes() == data for name, data in before.items())
    with pytest.raises(InputError, match="there is already such a file"):
        run(*asked)


def test_where_writing_fails_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, calls = law_commands._link, []

    def fails(path: Path, data: bytes) -> None:
        calls.append(path)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        link(path, data)

    monkeypatch.setattr(law_commands, "_link", fails)
    with pytest.raises(InputError, match="cannot be written: no space left on device"):
        run("law", "new", "us-or", "--from", "us-wa", *AS_OF, "--into", tmp_path / "a" / "laws")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("us-or", "--from", "us-zz"), "there is no law of `us-zz`"),
        (("us-wa", "--from", "us-wa"), "`us-wa` is both places"),
        (("../us-or", "--from", "us-wa"), "`../us-or` is no place"),
        (("us-or", "--from", "us-wa", "--into", "other"), "this folder is no folder of law"),
        (("us-or", "--from", "us-wa", "--into", "file"), "this is a file, and not a folder"),
        (("us-or", "--from", "us-wa", "--as-of", "1900-01-01"), "nothing of `us-wa` is in force"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tmp_path, monkeypatch, arguments, message) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=message):
        run("law", "new", *arguments)
    assert files(tmp_path) == {"other/mine.txt", "file"}
