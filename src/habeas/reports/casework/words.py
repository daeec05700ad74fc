"""Words of letters and packages, in the languages that they are written in.

    language, item, day  ->  words_of, item_words, day_words  ->  text

Promise: an item has words in every language or is an error; what is not English was translated by
a machine, no person reviewed it, and it says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from habeas.errors import InputError, Place, Problem, did_you_mean
from habeas.reports.words import day, name

LANGUAGES = ("en", "es")

OUTCOMES = ("given", "not given", "waits")
"""What became of an item: it goes out, it stays, or it is not decided yet."""

_MONTHS_ES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip

_ITEMS_ES = {
    "name": "nombre",
    "alias": "otros nombres",
    "date_of_birth": "fecha de nacimiento",
    "physical_description": "descripción física",
    "photograph": "fotografía",
    "fingerprints": "huellas dactilares",
    "home_address": "domicilio",
    "work_address": "domicilio del trabajo",
    "phone": "teléfono",
    "family_contacts": "contactos familiares",
    "government_identifiers": "números de identificación oficial",
    "place_of_birth": "lugar de nacimiento",
    "citizenship": "ciudadanía",
    "immigration_status": "situación migratoria",
    "custody_status": "si la persona está detenida",
    "housing_location": "ubicación en la cárcel",
    "arrest_details": "datos del arresto",
    "booking_details": "datos del ingreso",
    "charges": "cargos",
    "bail": "fianza",
    "holds_and_warrants": "retenciones y órdenes judiciales",
    "conviction_history": "antecedentes de condenas",
    "court_dates": "fechas de audiencia",
    "release_date": "fecha de salida",
    "release_details": "datos de la salida",
    "medical": "información médica",
    "visitors": "visitas",
    "phone_calls": "llamadas telefónicas",
    "hold": "prolongar la detención",
    "transfer": "entrega de la persona",
    "interview_access": "permitir una entrevista",
    "status_inquiry": "preguntar por la situación migratoria",
    "database_access": "acceso directo a los sistemas",
    "alpr_reads": "lecturas de placas de vehículos",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that letters and packages say of their own, in one language."""

    letter: str
    package: str
    case: str
    reference: str
    received: str
    asked: str
    answer: str
    answers: str
    person: str
    item: str
    value: str
    outcome: str
    law: str
    no_law: str
    undecided: str
    outcomes: dict[str, str]
    waiting: str
    neither: str
    laws: str
    unchecked: str
    checked: str
    again: str
    how: str
    telephone: str
    mail: str
    granted: str
    nobody: str
    csv: str
    pages: tuple[str, str, str]
    translated: str


_EN = Words(
    letter="Answer to your request",
    package="Records given",
    case="Our case",
    reference="Your reference",
    received="Your request reached this office on",
    asked="What you asked for, in our words",
    answer="Our answer",
    answers="Each thing that you asked for",
    person="Person",
    item="Item",
    value="Value",
    outcome="Answer",
    law="Law",
    no_law="no provision in the law that we read orders or allows it",
    undecided="not decided yet",
    outcomes={
        "given": "given",
        "not given": "not given",
        "waits": "waits",
    },
    waiting="What waits is neither given nor refused. Once it is decided this office writes to you again.",
    neither="This office neither confirms nor denies that it holds a record of anybody named in the request. "
    "That is the answer to everything that you asked for. Whoever asks what you asked, as you asked it, gets "
    "this same answer, whether or not there is a record.",
    laws="The law that this answer rests on",
    unchecked="This office works with readings of the law in plain words. Of what is listed above, no named "
    "person has held the reading against the official text: it is unchecked. The official text counts.",
    checked="This office works with readings of the law in plain words. Of what is listed above, a named person "
    "has held the reading against the official text. The official text counts.",
    again="To ask again, or to object",
    how="If you think that this answer is wrong, or if you have something that this office has not seen, write "
    "or call, and name our case:",
    telephone="Telephone",
    mail="E-mail",
    granted="This package holds what was given, and nothing else. It was put together from what was given; "
    "nothing was blacked out in it.",
    nobody="Nothing was given.",
    csv="The same values are in a CSV file: UTF-8 with a byte order mark, parted by commas. A cell that a "
    "spreadsheet would run as a formula begins with an apostrophe there.",
    pages=("page ", " of ", ""),
    translated="",
)

_ES = Words(
    letter="Respuesta a su solicitud",
    package="Datos entregados",
    case="Nuestro expediente",
    reference="Su referencia",
    received="Su solicitud llegó a esta oficina el",
    asked="Lo que usted pidió, en nuestras palabras",
    answer="Nuestra respuesta",
    answers="Cada cosa que usted pidió",
    person="Persona",
    item="Dato",
    value="Valor",
    outcome="Respuesta",
    law="Ley",
    no_law="ninguna disposición de la ley que leemos lo ordena ni lo permite",
    undecided="todavía no se ha decidido",
    outcomes={
        "given": "se entrega",
        "not given": "no se entrega",
        "waits": "queda pendiente",
    },
    waiting="Lo que queda pendiente no se entrega ni se niega. Cuando se decida, esta oficina le escribirá de "
    "nuevo.",
    neither="Esta oficina no confirma ni niega que tenga registro alguno de las personas nombradas en la "
    "solicitud. Esa es la respuesta a todo lo que usted pidió. Quien pida lo mismo, de la misma manera, recibe "
    "esta misma respuesta, haya o no un registro.",
    laws="La ley en que se basa esta respuesta",
    unchecked="Esta oficina trabaja con lecturas de la ley en palabras sencillas. De lo que se nombra arriba, "
    "ninguna persona con nombre ha cotejado la lectura con el texto oficial: no está comprobada. Vale el texto "
    "oficial.",
    checked="Esta oficina trabaja con lecturas de la ley en palabras sencillas. De lo que se nombra arriba, una "
    "persona con nombre ha cotejado la lectura con el texto oficial. Vale el texto oficial.",
    again="Para pedir de nuevo o para oponerse",
    how="Si usted cree que esta respuesta es incorrecta, o si tiene algo que esta oficina no ha visto, escriba "
    "o llame y mencione nuestro expediente:",
    telephone="Teléfono",
    mail="Correo electrónico",
    granted="Este paquete contiene lo que se entrega y nada más. Se compuso con lo que se entrega; nada se "
    "tachó en él.",
    nobody="No se entrega nada.",
    csv="Los mismos valores están en un archivo CSV: UTF-8 con marca de orden de bytes, separado por comas. Una "
    "celda que una hoja de cálculo ejecutaría como fórmula comienza allí con un apóstrofo.",
    pages=("página ", " de ", ""),
    translated="Traducción automática: ninguna persona ha revisado este texto en español.",
)

_WORDS = {"en": _EN, "es": _ES}


def words_of(language: str) -> Words:
    """The words of a language; raises `InputError` for one that there are none in."""
    if language not in _WORDS:
        help_line = did_you_mean(language, LANGUAGES, f"write one of {', '.join(LANGUAGES)}")
        raise InputError(
            Problem(
                Place("language"), f"nothing is written in the language `{language}`", help_line
            )
        )
    return _WORDS[language]


def item_words(item: str, language: str) -> str:
    """An item of the vocabulary as people write it: `release date`, `fecha de salida`.

    Raises `InputError` for a word that is no item.
    """
    if item not in _ITEMS_ES:
        help_line = did_you_mean(item, _ITEMS_ES, "write an item of laws/vocabulary.md")
        raise InputError(Problem(Place("items"), f"unknown item `{item}`", help_line))
    return name(item) if language == "en" else _ITEMS_ES[item]


def day_words(value: date, language: str) -> str:
    """`17 July 2025`, `17 de julio de 2025`."""
    if language == "en":
        return day(value)
    return f"{value.day} de {_MONTHS_ES[value.month - 1]} de {value.year}"
