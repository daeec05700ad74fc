"""Events: one line of the audit trail each, chained by SHA-256; where the chain's head was anchored; daily work.

    act  ->  record  ->  Event (number, digest of the one before, digest)  ->  anchor  ->  Anchor
    daily work  ->  DailyRun

Promise: the database refuses to change or delete one (triggers); one that was changed all the same no longer
fits its digest.
"""

from __future__ import annotations

from django.db import models

FIRST = "0" * 64
"""What the first event has for the digest of the one before."""

OUTCOMES = ("done", "refused", "failed")

LONGEST = {"actor": 150, "act": 100, "about": 200, "source": 45}
"""Characters that an event's texts have at most."""


class Event(models.Model):
    """What somebody did or saw.

    number   from 1, without a gap
    at       when, UTC, to the microsecond
    actor    user name; `system` for what nobody asked for; `nobody` where nobody was signed in
    act      what, in words of the code
    about    of what: `case 2026-000001`, `user mia`; never a person's name or a value of an item
    outcome  `done`, `refused` or `failed`
    source   the address that it came from
    detail   more of it, as JSON; never a person's name or a value of an item
    before   digest of the event before; of the first, 64 zeros
    digest   SHA-256 over the canonical JSON of all of these but itself
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=LONGEST["actor"])
    act = models.CharField(max_length=LONGEST["act"])
    about = models.CharField(max_length=LONGEST["about"], blank=True)
    outcome = models.CharField(max_length=10)
    source = models.CharField(max_length=LONGEST["source"], blank=True)
    detail = models.JSONField(default=dict)
    before = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("number",)
        indexes = (models.Index(name="event_about", fields=("about", "number")),)

    def __str__(self) -> str:
        return f"{self.number} {self.act}"


class Anchor(models.Model):
    """A head of the chain that an entry of the public log commits to.

    number, digest  of the event that was the last one then
    entry           where it is in the log, as whoever appended it names it
    at              when, UTC
    """

    number = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    entry = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"event {self.number} in {self.entry}"


class DailyRun(models.Model):
    """The office's daily work was done, or some of it was not: what the desk's alarm looks at.

    at      when it ended, UTC
    failed  names of the jobs that failed; the trail has each with its reason
    """

    at = models.DateTimeField()
    failed = models.JSONField(default=list)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
