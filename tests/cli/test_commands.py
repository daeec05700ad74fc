"""The commands: what they print, what they write, their exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

REQUESTS = ROOT / "examples" / "requests"


def habeas(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "habeas", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


def decide(request: str, records: Path, out: Path, *more: str) -> subprocess.CompletedProcess:
    """An example request, decided under San Francisco's law."""
    where = ("--records", records, "--place", "us-ca-sf", "--as-of", "2025-07-18")
    return habeas("decide", REQUESTS / f"{request}.yaml", *where, "--out", out, *more)


def explain(item: str, records: Path) -> subprocess.CompletedProcess:
    """An item of the request of 2025-07-17 about the sample's first person, explained."""
    where = ("--records", records, "--place", "us-ca-sf", "--as-of", "2025-07-18")
    request = REQUESTS / "doj-2025-07-17.yaml"
    return habeas("explain", request, "--person", "P000001", "--item", item, *where)


@pytest.fixture(scope="module")
def jail(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "jail"
    done = habeas("sample", folder, "--people", 40, "--seed", 5)
    assert done.returncode == 0, done.stderr
    return folder


def test_decide_prints_a_table_and_writes_verdicts(jail, tmp_path):
    out = tmp_path / "answer"
    done = decide("doj-2025-07-17", jail, out)
    assert done.returncode == 0, done.stderr
    assert "release_date" in done.stdout
    assert {"decisions.parquet", "decisions.csv", "report.html"} <= {
        path.name for path in out.iterdir()
    }
    rows = (out / "decisions.csv").read_text().splitlines()
    assert len(rows) == 1 + 40 * 6


def test_decide_as_json_is_one_document(jail, tmp_path):
    done = decide("i-247a", jail, tmp_path / "a", "--json")
    document = json.loads(done.stdout)
    assert [answer["request"] for answer in document["answers"]] == [
        "detainer-2025-0412-notification",
        "detainer-2025-0412-hold",
    ]


def test_no_value_of_a_record_is_written(jail, tmp_path):
    out = tmp_path / "answer"
    decide("doj-2025-07-17", jail, out)
    people = (jail / "people.csv").read_text().splitlines()[1:]
    addresses = [line.split('"')[1] for line in people if '"' in line]
    assert addresses
    written = "".join(
        path.read_bytes().decode(errors="replace") for path in out.rglob("*") if path.is_file()
    )
    assert not [one for one in addresses if one in written]


def test_explain_is_one_screen(jail):
    done = explain("release_date", jail)
    assert done.returncode == 0, done.stderr
    for word in (
        "deny",
        "The law",
        "Facts used",
        "Unchecked",
        "counsel (2025-07-18)",
        "official text: ",
    ):
        assert word in done.stdout
    assert len(done.stdout.splitlines()) < 60


def test_explain_of_an_item_that_was_not_asked_for(jail):
    done = explain("hold", jail)
    assert done.returncode == 2
    assert "this request does not ask for `hold`" in done.stderr


def test_law_lists_places_what_is_in_force_and_a_block():
    assert "us-ca-sf" in habeas("law").stdout
    shown = habeas("law", "us-ca", "--as-of", "2017-12-31").stdout
    assert "us-ca/truth-act" in shown
    assert "us-ca/values-act#a1C" not in shown
    block = habeas("law", "us-ca/values-act#a1C").stdout
    assert "forbid release_date" in block
    assert "unchecked" in block


def test_law_of_a_block_that_is_not_there():
    done = habeas("law", "us-ca/values-act#a1Q")
    assert done.returncode == 2
    assert "there is no block `us-ca/values-act#a1Q`" in done.stderr
    assert "help: did you mean" in done.stderr


def test_cases_ends_with_the_count_and_fails_with_1(tmp_path):
    good = tmp_path / "good.yaml"
    good.write_text(
        "- name: a\n  place: us-tx\n  request: {received_on: 2025-01-02, instrument: records request, requester_kind: press}\n  otherwise: no\n  expect: {hold: deny}\n"
    )
    done = habeas("cases", good)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 passed, 0 failed")
    bad = tmp_path / "bad.yaml"
    bad.write_text(good.read_text().replace("deny", "grant/required"))
    done = habeas("cases", good, bad)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed"
    assert "hold: expected grant/required, got deny/no authority (no rule acts)" in done.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the golden case file is empty"),
        ("a: 1\n", "a golden case file is a list"),
        ("- name: a\n", "this case has no `place`"),
        ("- {name: a, place: us-tx, expect: {holt: deny}}\n", "unknown item `holt`"),
        ("- {name: a, place: us-tx, expect: {hold: denied}}\n", "`denied` is no verdict"),
        (
            "- {name: a, place: us-tx, request: {purpse: x}, expect: {hold: deny}}\n",
            "unknown request fact `purpse`",
        ),
        ("- {name: a, place: us-tx, request: {purpose: lunch}, expect: {hold: deny}}\n", "`lunch`"),
        (
            "- {name: a, place: us-tx, request: {received_on: 2025-02-30}, expect: {hold: deny}}\n",
            "2025-02-30",
        ),
        ("- {name: a, place: us-tx, expect: {hold: deny}}\n", "this case has no day"),
        (
            "- {name: a, place: us-zz, as_of: 2025-01-01, expect: {hold: deny}}\n",
            "there is no law of `us-zz`",
        ),
    ],
)
def test_a_golden_case_that_cannot_be_read(tmp_path, text, message):
    path = tmp_path / "cases.yaml"
    path.write_text(text)
    done = habeas("cases", path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "help: " in done.stderr


def test_check_of_the_shipped_law():
    done = habeas("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("cases passed, 0 failed")
    assert " promises proved, 0 broken, 0 not proved" in done.stdout


def test_check_of_law_that_is_not_well_formed(tmp_path):
    done = habeas("check", tmp_path)
    assert done.returncode == 2
    assert "no such file" in done.stderr


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda jail: (jail / "mapping.yaml").write_text(""), "empty"),
        (lambda jail: (jail / "people.csv").write_text(""), "empty"),
        (lambda jail: (jail / "people.csv").unlink(), "people.csv"),
        (lambda jail: (jail / "people.csv").write_text('person_no,last\n"P1,x\n'), "people.csv"),
        (
            lambda jail: (jail / "mapping.yaml").write_text(
                (jail / "mapping.yaml").read_text().replace("juvenile", "juvenyle")
            ),
            "juvenyle",
        ),
    ],
    ids=["no mapping", "empty file", "no file", "broken quoting", "no such column"],
)
def test_records_that_cannot_be_used_leave_nothing_behind(tmp_path, spoil, message):
    folder = tmp_path / "jail"
    habeas("sample", folder, "--people", 5)
    spoil(folder)
    out = tmp_path / "answer"
    done = decide("doj-2025-07-17", folder, out)
    assert done.returncode == 2
    assert message in done.stderr
    assert "help: " in done.stderr
    assert not out.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jail"]


def test_errors_as_json(tmp_path):
    done = habeas("records", "check", tmp_path / "nowhere", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["problems"][0]["message"]


def test_a_day_that_is_none():
    done = habeas("law", "us-ca", "--as-of", "2025-02-30")
    assert done.returncode == 2
    assert done.stderr.startswith("--as-of: `2025-02-30` is no day")


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("demo",),
        ("decide",),
        ("explain",),
        ("check",),
        ("law",),
        ("cases",),
        ("sample",),
        ("records",),
        ("records", "check"),
        ("records", "map"),
        ("replay",),
        ("doctor",),
    ],
)
def test_every_command_has_help_with_an_example(command):
    done = habeas(*command, "--help")
    assert done.returncode == 0
    assert command in ((), ("records",)) or "Example:" in done.stdout


def test_an_answer_is_replayed_and_a_change_is_a_finding(jail, tmp_path):
    out = tmp_path / "answer"
    decide("i-247a", jail, out)
    done = habeas("replay", out)
    assert done.returncode == 0, done.stderr
    assert "same: 8 decisions, made again from the stored requests, facts and law" in " ".join(
        done.stdout.split()
    )
    told = json.loads(habeas("replay", out, "--json").stdout)
    assert told["same"] is True and told["decisions"] == 8 and told["files"] == {}
    (out / "decisions.csv").write_text("nothing\n")
    done = habeas("replay", out)
    assert done.returncode == 1
    assert "decisions.csv was changed" in " ".join(done.stdout.split())
    assert "same" not in done.stdout
    done = habeas("replay", tmp_path)
    assert done.returncode == 2
    assert "there is no `habeas.json` in it" in done.stderr


def test_columns_with_names_of_niem_need_no_mapping(tmp_path):
    jail = tmp_path / "jail"
    jail.mkdir()
    (jail / "bookings.csv").write_text(
        "BookingAgencyRecordIdentificationID,PersonSurName,BookingActivityDate\n7,Doe,2025-07-01\n"
    )
    shown = habeas("records", "map", jail)
    assert shown.returncode == 0, shown.stderr
    checked = json.loads(habeas("records", "check", jail, "--json").stdout)
    assert {one["path"] for one in checked["mapped"]} == {
        "booked_on",
        "booking_details",
        "name",
    }
    (jail / "mapping.yaml").write_text(shown.stdout)
    assert json.loads(habeas("records", "check", jail, "--json").stdout) == checked
    assert decide("doj-2025-07-17", jail, tmp_path / "out").returncode == 0


def test_a_database_file_is_decided_like_a_folder(jail, tmp_path):
    import duckdb

    mapping = (jail / "mapping.yaml").read_text()
    with duckdb.connect(str(tmp_path / "jail.duckdb")) as database:
        for path in jail.glob("*.csv"):
            database.execute(
                f"CREATE TABLE {path.stem} AS FROM read_csv('{path}', all_varchar = true)"
            )
            mapping = mapping.replace(f"file: {path.name}", f"file: {path.stem}")
    (tmp_path / "map.yaml").write_text(mapping)
    decide("doj-2025-07-17", jail, tmp_path / "files")
    done = decide(
        "doj-2025-07-17",
        tmp_path / "jail.duckdb",
        tmp_path / "database",
        "--map",
        str(tmp_path / "map.yaml"),
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "files" / "decisions.csv").read_bytes() == (
        tmp_path / "database" / "decisions.csv"
    ).read_bytes()


def test_a_server_that_is_not_there_leaves_nothing_behind(tmp_path):
    (tmp_path / "map.yaml").write_text("person: {file: people, key: id}\n")
    address = "postgresql://clerk:hunter2@127.0.0.1:1/jail"
    done = decide("i-247a", address, tmp_path / "out", "--map", str(tmp_path / "map.yaml"))
    assert done.returncode == 2
    assert "Connection refused" in done.stderr and "hunter2" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.yaml"]


def test_a_terminal_without_the_letters_of_the_law_ends_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "habeas", "law", "us-ca"],
        cwd=ROOT,
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"},
        timeout=120,
    )
    assert done.returncode == 0
    assert b"\\xa7" in done.stdout
