"""What cannot be done with an account or a role, and why."""


class Refused(Exception):  # noqa: N818 - it is no fault of the program
    """Said to whoever asked, in plain words; nothing was changed."""
