"""The desk's forms: they read what was typed; whether it is right, the acts say.

    POST  ->  Form  ->  cleaned values  ->  an act of casework

Promise: every field has a label, and what it asks for in words; nothing that was typed is lost by an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from habeas.law.vocabulary import Fact
from habeas.records.request import FORM_I247A
from habeas.reports.words import first_up, name, speaker
from habeas.web.casework.engine import vocabulary
from habeas.web.casework.intake import Intake
from habeas.web.casework.models import Communication, Service
from habeas.web.desk.uploads import BIGGEST, KINDS, UploadsField
from habeas.web.desk.words import sentence

NOT_SAID = ("", "Not said")
WHEN = "In the office’s own time, such as 2026-03-09 16:30."
ABOUT_ITSELF = (
    "requester", "requester_kind", "requester_level", "requester_place", "purpose", "instrument",
    "names_specific_person",
)  # fmt: skip
"""What a request says of itself, and of whoever asks."""

_LABELS = {
    "requester": "Who asks, by name",
    "requester_kind": "What the asking party does in this matter",
    "requester_level": "Its layer of government",
    "requester_place": "Its state",
    "purpose": "What for",
    "instrument": "What kind of paper",
    "names_specific_person": "Is it about one person whom it names?",
}


class DeskForm(forms.Form):
    """A form that says errors in our words, and leaves it to the server to find them."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for label, field in self.fields.items():
            field.error_messages["required"] = _REQUIRED.get(label, "Fill this in.")
            if "invalid" in field.error_messages and isinstance(
                field, forms.DateField | forms.DateTimeField
            ):
                kind = "a day and a time" if isinstance(field, forms.DateTimeField) else "a day"
                field.error_messages["invalid"] = f"This is not {kind}: write it as in the hint."


_REQUIRED = {
    "agency": "Write which agency, or who.",
    "title": "Write in a few words what is asked for.",
    "received_at": "Write the day and time when it reached the office.",
    "at": "Write when it was.",
    "reason": "Write why: whoever reads this later has nothing else.",
    "value": "Choose or write the answer.",
    "give": "Choose one.",
    "direction": "Choose one.",
    "channel": "Choose one.",
    "outcome": "Choose one.",
    "how": "Write how it was handed over.",
    "form": "Choose what came.",
}


def when(label: str, help_text: str = WHEN) -> forms.DateTimeField:
    """A field for a day and a time."""
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        initial=lambda: timezone.localtime().replace(second=0, microsecond=0),
    )


def line(
    label: str, help_text: str = "", longest: int = 200, required: bool = True
) -> forms.CharField:
    """A field for a line of text."""
    return forms.CharField(label=label, help_text=help_text, max_length=longest, required=required)


def text(label: str, help_text: str = "", rows: int = 3, required: bool = False) -> forms.CharField:
    """A field for text."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def radios(
    label: str, choices: Sequence[tuple[str, str]], help_text: str = "", required: bool = True
) -> forms.ChoiceField:
    """One of a few."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        help_text=help_text,
        required=required,
    )


class ItemsField(forms.MultipleChoiceField):
    """Items and groups of the vocabulary, shown by `item_sets`."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        words = vocabulary()
        choices = [(one, name(one)) for one in (*words.items, *words.groups)]
        super().__init__(choices=choices, required=False, **kwargs)


def item_sets(chosen: Sequence[str], groups: bool = True) -> list[dict[str, Any]]:
    """The items for a page, each in the smallest group that holds it: title, checkboxes with meanings.

    groups  whether a group can be chosen whole
    """
    words = vocabulary()
    kinds = {"act": "Acts", "record": "Other records"}
    sets: dict[str, dict[str, Any]] = {}
    small = sorted(words.groups.values(), key=lambda one: len(one.members))
    ids: dict[str, int] = {one: at for at, one in enumerate((*words.items, *words.groups))}

    def box(word: str, label: str, meaning: str) -> dict[str, Any]:
        return {
            "id": ids[word],
            "value": word,
            "label": label,
            "meaning": meaning,
            "on": word in chosen,
        }

    for item, word in words.items.items():
        group = next((one for one in small if item in one.members), None)
        title = kinds.get(word.kind) or (
            first_up(name(group.name)) if group else "Rules of their own"
        )
        there = sets.setdefault(title, {"title": title, "boxes": []})
        if groups and group and not there["boxes"] and word.kind == "data":
            label = f"All {len(group.members)} items of {name(group.name)}"
            there["boxes"].append(box(group.name, label, ""))
        there["boxes"].append(box(item, first_up(name(item)), word.meaning))
    return list(sets.values())


def fact_field(
    fact: Fact, label: str = "", help_text: str = "", required: bool = True
) -> forms.Field:
    """The field that a fact's type asks for."""
    label = label or first_up(name(fact.name))
    more: dict[str, Any] = {"label": label, "help_text": help_text, "required": required}
    blank = () if required else (NOT_SAID,)
    match fact.type:
        case "yes/no":
            choices = (("yes", "Yes"), ("no", "No"), *blank)
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **more)
        case "words":
            first = ("", "Choose") if required else NOT_SAID
            return forms.ChoiceField(choices=(first, *((one, one) for one in fact.words)), **more)
        case "date":
            widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            return forms.DateField(widget=widget, **more)
        case "number":
            return forms.IntegerField(**more)
        case _:
            return forms.CharField(max_length=200, **more)


class IntakeForm(DeskForm):
    """A new request."""

    agency = line("Agency, or who asks", "As the answer will be addressed.")
    attention = text("For the attention of", "The person there, and lines of the address.", 2)
    reference = line("Their reference", longest=100, required=False)
    received_at = when("When it reached the office", f"{WHEN} Periods are counted from this day.")
    title = line(
        "What is asked for, in a few words", "Without the person's name: the title stands in lists."
    )
    form = radios(
        "What came?",
        (
            (FORM_I247A, f"A Form {FORM_I247A} (detainer): its items follow from it"),
            ("", "Anything else: choose what it asks for below"),
        ),
        required=False,
    )
    people = text(
        "Their ids in the records, one a line",
        "Not names. A request is made of each. Left empty, it asks about all records.",
        3,
    )
    uploads = UploadsField(
        label="Files that came with it",
        help_text=f"{KINDS}; up to {BIGGEST // 1024**2} MB each.",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"] = ItemsField(label="What it asks for")
        words = vocabulary()
        self.fields["selects_on"] = forms.MultipleChoiceField(
            label="By what does it choose people?",
            help_text="Such as everybody who is no citizen: citizenship. Being in such an answer tells it.",
            choices=[
                (one, first_up(name(one)))
                for one, word in words.items.items()
                if word.kind == "data"
            ],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        for one in ABOUT_ITSELF:
            fact = words.facts[one]
            self.fields[one] = fact_field(
                fact, _LABELS[one], sentence(fact.meaning), required=False
            )

    def clean_items(self) -> list[str]:
        """The items; a form has its own."""
        found: list[str] = self.cleaned_data["items"]
        if self.cleaned_data.get("form") and found:
            raise forms.ValidationError(
                f"A Form {FORM_I247A} has its own items: leave these empty, or choose that something else came."
            )
        return found

    def intake(self) -> Intake:
        """What was entered."""
        given = self.cleaned_data
        people = [one.strip() for one in given["people"].splitlines() if one.strip()]
        return Intake(
            agency=given["agency"],
            received_at=given["received_at"],
            title=given["title"],
            items=given["items"],
            people=list(dict.fromkeys(people)),
            selects_on=given["selects_on"],
            facts={one: given[one] for one in ABOUT_ITSELF if given[one] not in ("", None)},
            attention=given["attention"],
            reference=given["reference"],
            form=given["form"],
            uploads=given["uploads"],
        )


class CommunicationForm(DeskForm):
    """A call, a visit, a letter."""

    direction = radios("Who called or wrote?", (("received", "They did"), ("made", "We did")))
    channel = radios("How?", [(one, first_up(one)) for one in Communication.CHANNELS])
    agency = line("Agency, or with whom")
    other = line("Who there", "Name or badge number, if they gave one.", required=False)
    at = when("When")
    asked = text("What they asked")
    told = text("What was said in answer")
    case = line("Case number", "Such as 2026-000001, if it belongs to one.", 20, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"] = ItemsField(label="What was disclosed in it")


class StatementForm(DeskForm):
    """What somebody says of a fact."""

    known_on = forms.DateField(
        label="Known since",
        help_text="The day from which it was known, such as 2026-03-09.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        initial=timezone.localdate,
    )
    reason = text("Why", "What you looked at. No item's value and no name.")

    def __init__(self, fact: Fact, speaks: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = fact_field(fact, sentence(fact.meaning))
        self.fields["value"].error_messages["required"] = _REQUIRED["value"]
        choices = [(one, first_up(speaker(one))) for one in speaks]
        self.fields["speaks"] = radios("Who says so?", choices)
        if len(choices) == 1:
            self.fields["speaks"].initial = choices[0][0]
        if fact.judgement:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = _REQUIRED["reason"]
        self.order_fields(["value", "speaks", "known_on", "reason"])


class BackForm(DeskForm):
    """Taking back what was said."""

    reason = text("Why it is taken back", "The fact is then not known.", required=True)

    def __init__(self, speaks: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one, first_up(speaker(one))) for one in speaks]
        self.fields["speaks"] = radios("Who says so?", choices)
        if len(choices) == 1:
            self.fields["speaks"].initial = choices[0][0]
        self.order_fields(["speaks", "reason"])


class ChoiceForm(DeskForm):
    """Whether to give something."""

    reason = text("Why", "Whoever looks at this later reads your reason.", required=True)

    def __init__(self, called: str, may_give: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("give", f"Give {called}")] if may_give else []
        choices.append(("withhold", f"Do not give {called}"))
        self.fields["give"] = radios("Your choice", choices)
        self.order_fields(["give", "reason"])


class FormFileForm(DeskForm):
    """A Form I-247A as a file."""

    file = forms.FileField(
        label=f"The form, as a PDF of at most {BIGGEST // 1024**2} MB",
        help_text="It is read in a process that may do nothing else. What was read is shown beside the paper, and "
        "counts only where you confirm it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].error_messages |= {
            "required": "Choose the file.",
            "empty": "This file is empty. Ask the sender for it again.",
        }


class AsideForm(DeskForm):
    """Why no case is made of a form."""

    reason = text(
        "Why is no case made of it?",
        "Such as: it cancels an earlier one, and was entered as a communication of that case. No name.",
        required=True,
    )


class CorrectionForm(DeskForm):
    """What was wrong in a record."""

    person = line("Her id in the records", "Not a name.", 100)
    what = text(
        "What was wrong, and what is right",
        "For this office: whoever tells those who got it reads this.",
        required=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].error_messages["required"] = "Write whose record was wrong."
        self.fields["what"].error_messages["required"] = "Write what was wrong."
        self.fields["items"] = ItemsField(label="Which items were wrong")

    def clean_items(self) -> list[str]:
        """The items, groups as what they hold."""
        words = vocabulary()
        chosen = {item for one in self.cleaned_data["items"] for item in words.expand(one)}
        if not chosen:
            raise forms.ValidationError("Choose what was wrong.")
        return [item for item in words.items if item in chosen]


class ReasonForm(DeskForm):
    """A reason that has to be given."""

    reason = text("What you looked at, and why you sign", required=True)


class FindingForm(DeskForm):
    """What was found of an incident."""

    finding = text("What you found, and what was done about it", required=True)


class ReleaseForm(DeskForm):
    """A release, with a word that nobody has to write."""

    reason = text("A note for the file", "Not part of the answer.")
    seen = forms.CharField(widget=forms.HiddenInput)


class ServiceForm(DeskForm):
    """How a paper was handed over."""

    outcome = radios(
        "What happened?",
        [
            (
                one,
                {
                    "served": "It was handed over",
                    "refused": "It was refused",
                    "failed": "It could not be delivered",
                }[one],
            )
            for one in Service.OUTCOMES
        ],
    )
    how = line("How", "By hand, by mail, to counsel of record …", 100)
    at = when("When")
    note = text("Note")


class TaskForm(DeskForm):
    """What became of something that is owed."""

    outcome = radios(
        "What happened?", (("done", "It was done"), ("not needed", "It is not needed any more"))
    )
