"""Mappings: refused with a place, and documented field by field."""

from pathlib import Path

import pytest

from habeas.errors import InputError
from habeas.law.vocabulary import Vocabulary
from habeas.records import mapping as mapping_module
from habeas.records import read_records
from habeas.records.mapping import (
    Answer,
    FileMap,
    ItemColumns,
    MappingFile,
    PersonMap,
    TableMap,
    Where,
)
from habeas.records.shape import Shape
from tests.records.conftest import BAD, Folder, Golden, Told, goldens

INTRO = (BAD / "mappings.txt").read_text("utf-8").partition("\n## ")[0]
TABLES = {
    part.partition("\n")[0]: part.partition("\n")[2].strip() + "\n"
    for part in INTRO.partition("\nRead by")[0].split("\n\n")[1:]
}


@pytest.mark.parametrize("case", goldens("mappings"), ids=lambda case: case.name)
def test_what_is_refused_and_how_it_is_told(
    case: Golden, folder: Folder, vocabulary: Vocabulary, told: Told
) -> None:
    assert set(TABLES) == {"people.csv", "charges.csv"}
    jail = folder({**TABLES, **case.files})
    with pytest.raises(InputError) as caught:
        read_records(jail, None, vocabulary)
    assert told(caught.value) == case.expected
    assert caught.value.exit_code == 2


def test_a_folder_a_mapping_or_a_file_that_is_not_there(
    folder: Folder, vocabulary: Vocabulary, told: Told, tmp_path: Path
) -> None:
    jail = folder({"people.csv": "id\n"})

    def refused(records: Path, mapping: Path | None = None) -> str:
        with pytest.raises(InputError) as caught:
            read_records(records, mapping, vocabulary)
        return told(caught.value)

    assert refused(jail).startswith("jail: ")  # no mapping, and no NIEM names: see test_niem.py
    assert refused(jail, tmp_path / "m.yaml").startswith("m.yaml: no such mapping file")
    assert refused(tmp_path / "prison") == (
        "prison: no such folder of records\nhelp: give the folder that holds the files, "
        "a DuckDB or SQLite file, or `postgresql://…`"
    )
    assert refused(jail / "people.csv").startswith("jail/people.csv: is a file, and none of")


@pytest.mark.parametrize(
    "shape", [MappingFile, PersonMap, FileMap, Answer, ItemColumns, TableMap, Where]
)
def test_every_field_is_documented(shape: type[Shape]) -> None:
    page = mapping_module.__doc__ or ""
    assert [name for name in shape.model_fields if name not in page] == []
    assert all(field.description for field in shape.model_fields.values())
