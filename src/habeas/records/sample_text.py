"""What stands beside the tables of a synthetic jail: its mapping, and a page that says what it is.

MAPPING, README  ->  write_sample  ->  mapping.yaml, README.md
"""

from __future__ import annotations

MAPPING = """\
# Which column of this jail's tables is which fact or item; `habeas records check` tells how well.
person: {file: people.csv, key: person_no}
unknown: [UNK, N/A]
dates: "%Y-%m-%d"

facts:
  in_custody: {file: bookings.csv, column: custody, values: {IN: yes, OUT: no}}
  booked_on: {file: bookings.csv, column: booked_at, format: "%m/%d/%Y %H:%M"}
  release_on: {file: bookings.csv, column: release_on, format: "%m/%d/%Y"}
  minor: {column: juvenile, values: {Y: yes, N: no}}
  current_registrant: {column: registrant, values: {Y: yes, N: no}}

items:
  name: [last, first]
  alias: aka
  date_of_birth: dob
  physical_description: [sex, height, weight, hair, eyes]
  photograph: photo
  fingerprints: prints
  home_address: [address, city]
  work_address: employer
  phone: phone
  family_contacts: contact
  government_identifiers: ident_no
  place_of_birth: birthplace
  citizenship: citizen
  immigration_status: imm_status
  medical: med_flag
  custody_status: {file: bookings.csv, columns: custody}
  housing_location: {file: bookings.csv, columns: housing}
  arrest_details: {file: bookings.csv, columns: [arrest_at, arrest_agency, arrest_place]}
  booking_details: {file: bookings.csv, columns: [booking_no, booked_at]}
  bail: {file: bookings.csv, columns: bail}
  holds_and_warrants: {file: bookings.csv, columns: holds}
  court_dates: {file: bookings.csv, columns: court_on}
  release_date:                      # of those who are still here
    {file: bookings.csv, columns: release_on, where: {column: custody, only: IN, without: OUT}}
  release_details:                   # of those who are gone
    {file: bookings.csv, columns: release_on, where: {column: custody, only: OUT, without: IN}}
  visitors: {file: bookings.csv, columns: visits}
  phone_calls: {file: bookings.csv, columns: calls}
  charges: {file: charges.csv, columns: [statute, literal]}
  conviction_history: {file: convictions.csv, columns: statute}

item_facts:
  arrest_information: {public: {file: bookings.csv, column: roster, values: {Y: yes, N: no}}}
  contact_information: {public: no}
  alias: {public: no}
  fingerprints: {public: no}
  government_identifiers: {public: no}
  place_of_birth: {public: no}
  citizenship: {public: no}
  immigration_status: {public: no}
  housing_location: {public: no}
  conviction_history: {public: no}
  release_date: {public: no}
  medical: {public: no}
  visitors: {public: no}
  phone_calls: {public: no}
  court_dates: {public: yes}         # the court's own calendar
  # nobody has said whether booking photographs are public: `photograph` is left out

tables:
  charge:
    file: charges.csv
    where: {column: disposition, only: PENDING, without: [DISMISSED, REJECTED]}
    columns:
      offense: statute
      level: {column: class, values: {F: felony, M: misdemeanor, I: infraction}}
      filed_on: filed_on
      held_to_answer: {column: hta, values: {Y: yes, N: no}}
      domestic_violence: {column: dv, values: {Y: yes, N: no}}
      reduced_by_prop_47: {column: p47, values: {Y: yes, N: no}}
    complete: {file: bookings.csv, column: da_filed, values: {Y: yes, N: no}}
  conviction:                        # the state's summary, where somebody has run it
    file: convictions.csv
    columns:
      offense: statute
      level: {column: class, values: {F: felony, M: misdemeanor, I: infraction}}
      convicted_on: {column: convicted, format: "%Y%m%d", unknown: ["00000000"]}
      released_on: {column: released, format: "%Y%m%d", unknown: ["00000000"]}
      incident: case_no
      violent_felony: {column: strike, values: {V: yes, S: no, N: no}}
      serious_felony: {column: strike, values: {V: yes, S: yes, N: no}}
      state_prison_felony: {column: prison, values: {Y: yes, N: no}}
      domestic_violence: {column: dv, values: {Y: yes, N: no}}
      reduced_by_prop_47: {column: p47, values: {Y: yes, N: no}}
    complete: {file: bookings.csv, column: history_run, values: {Y: yes, N: no}}
"""

README = """\
# A synthetic jail

**Nobody here is real.** `habeas sample DIR --people {people} --seed {seed}` drew every name, date,
address and offence; a likeness to anybody is chance. Telephone numbers are from the range kept for
fiction. What a name sounds like tells nothing here about citizenship or birthplace: they are drawn
apart.

| file | what | parted by |
| --- | --- | --- |
| `people.csv` | one row a person | `,` |
| `bookings.csv` | her booking: custody, release, bail, holds, what the public roster shows | `,` |
| `charges.csv` | what she is accused of | `,` |
| `convictions.csv` | the state's summary of her convictions, where somebody has run it | `\\|` |
| `mapping.yaml` | which column is which fact or item | |

The day is {day}. Values are missing and mistyped as in real systems, and a few convictions are
nobody's; `habeas records check` tells which. The first people are made to order, so that each way
through the law has somebody on it:

{made}
"""
