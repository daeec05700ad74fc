"""The settings of the tests: an office in a folder of its own, SQLite, or the server that `HABEAS_TEST_DATABASE` names."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import yaml

_folder = Path(tempfile.mkdtemp(prefix="habeas-office-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["HABEAS_OFFICE"] = str(_folder / "office")
os.environ["HABEAS_KEYS"] = str(_folder / "keys")
(_folder / "office").mkdir()
_office = {"name": "Fir County Sheriff", "place": "us-ca", "address": ["1 Main Street", "Fir CA"]}
if "HABEAS_TEST_DATABASE" in os.environ:
    _office["database"] = os.environ["HABEAS_TEST_DATABASE"]
(_folder / "office" / "office.yaml").write_text(yaml.safe_dump(_office))

from habeas.web.keys import make_keys  # noqa: E402
from habeas.web.office import read_office  # noqa: E402

make_keys(read_office(_folder / "office"))

from habeas.web.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
]  # quick; sign-in is tested with the real one
