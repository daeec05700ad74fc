"""Files that come with a request: what they are is read from their bytes, never from their names.

    uploaded files  ->  UploadsField  ->  Upload, …

Promise: a file is looked at in a process of its own; what is none of the known kinds, hostile, too big or empty is
refused by name.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from habeas.web.casework.intake import Upload
from habeas.web.uploads.reading import read_upload
from habeas.web.uploads.refusals import UploadError

BIGGEST = 20 * 1024 * 1024
"""Bytes of one file."""

MOST = 10
"""Files of one request."""

KINDS = "PDF, PNG, JPEG, plain text or e-mail (EML)"


class UploadsWidget(forms.ClearableFileInput):
    """A field for several files."""

    allow_multiple_selected = True


class UploadsField(forms.FileField):
    """Several files, each checked; its value is a list of `Upload`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=UploadsWidget(), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        """Check each. Raises `ValidationError` that names every file that cannot be kept."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > MOST:
            raise ValidationError(f"At most {MOST} files: send the others with a communication.")
        found, errors = [], []
        for one in files:
            try:
                found.append(_checked(one))
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return found


def _checked(file: UploadedFile[Any]) -> Upload:
    name = str(file.name or "file")
    if (file.size or 0) > BIGGEST:
        raise ValidationError(f"“{name}” is bigger than 20 MB.")
    data = file.read()
    if not data:
        raise ValidationError(f"“{name}” is empty.")
    try:
        read = read_upload(data, name)
        return Upload(name, read.kind.value, data, read.scanned)
    except UploadError as error:
        (problem,) = error.problems
        raise ValidationError(
            f"“{name}” cannot be taken: {problem.message}; {problem.help}. Taken are {KINDS}; what counts is "
            "what is in a file, not its name."
        ) from None
