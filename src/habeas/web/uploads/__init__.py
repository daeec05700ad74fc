"""Uploads: what comes from outside is a known kind of file, within limits, and read behind a wall.

    bytes  ->  kinds, scanning (here)  ->  sandbox (a process of its own: structure, form, pictures)  ->  Uploaded
    Uploaded  ->  a person confirms each field beside its picture  ->  fields_to_intake  ->  Intake

Promise: a file is a result or one `UploadError`, in bounded time; what is not found in it is not there, and what
nobody confirmed is no fact.
"""
