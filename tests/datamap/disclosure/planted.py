"""A system in which values that must never be disclosed stand in every kind of place."""

import json

import asyncpg

from datamap import RowRef
from tests.datamap.disclosure.pdfs import pdf

ADA = RowRef(system="planted", collection="people", key="1")

NEVER = {
    "ssn": "536-22-9871",
    "itin": "912-74-3310",
    "license": "D7719204",
    "state_id": "S5520931",
    "passport": "X48810237",
    "green_card": "A097551243",
    "card": "4539 1488 0343 6467",
    "iban": "DE89370400440532013000",
    "insurance": "HIC-90017744",
    "mrn": "MRN-5577120",
    "password": "tr0ub4dor&3x",
    "hint": "name-of-first-hamster",
    "answer": "Wilhelmstrasse-eleven",
    "fingerprint": "f00dface99aa71",
}
"""What no byte of a package may hold."""

HEALTH = "allergic to penicillin"
OTHERS = ("Paul Stern", "paul.stern@example.net", "415-555-0199", "mine is the other order")
"""What belongs to other people."""

PICTURE = b"\x89PNG\r\n\x1a\n" + b"pixels" * 9

MAP = """\
dataset:
  - fides_key: planted
    meta:
      privacy:
        connector: postgres
        sources: [consumer]
        purposes: [provide_services]
        recipients: [service_providers]
    collections:
      - name: people
        fides_meta: {privacy: {role: person, collected_at: joined_at}}
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - name: full_name
            fides_meta: {privacy: {category: identifiers, point: full_name}}
          - name: email
            fides_meta: {identity: email, privacy: {category: identifiers}}
          - name: phone
            fides_meta: {privacy: {category: customer_records, point: phone}}
          - {name: joined_at}
          - {name: friend, fides_meta: {privacy: {other_person: true}}}
          - {name: likely_to_buy, fides_meta: {privacy: {category: inferences}}}
      - name: secrets
        fields:
          - name: person
            fides_meta:
              primary_key: true
              references: [{dataset: planted, field: people.id, direction: from}]
          - {name: ssn, fides_meta: {privacy: {category: customer_records, never_disclose: ssn}}}
          - {name: itin, fides_meta: {privacy: {never_disclose: ssn}}}
          - {name: license, fides_meta: {privacy: {never_disclose: driver_license}}}
          - {name: state_id, fides_meta: {privacy: {never_disclose: state_id}}}
          - {name: passport, fides_meta: {privacy: {never_disclose: passport}}}
          - {name: green_card, fides_meta: {privacy: {never_disclose: other_government_id}}}
          - {name: card, fides_meta: {privacy: {never_disclose: financial_account_number}}}
          - {name: iban, fides_meta: {privacy: {never_disclose: financial_account_number}}}
          - {name: insurance, fides_meta: {privacy: {never_disclose: health_insurance_id}}}
          - {name: mrn, fides_meta: {privacy: {never_disclose: medical_id}}}
          - {name: password, fides_meta: {privacy: {never_disclose: account_password}}}
          - {name: hint, fides_meta: {privacy: {never_disclose: password_hint}}}
          - {name: answer, fides_meta: {privacy: {never_disclose: security_question_answer}}}
          - {name: fingerprint, fides_meta: {privacy: {never_disclose: unique_biometric}}}
          - {name: health, fides_meta: {privacy: {never_disclose: health_information}}}
          - name: extra
            fields:
              - {name: color}
              - {name: pin, fides_meta: {privacy: {never_disclose: account_password}}}
      - name: notes
        fides_meta:
          privacy: {author: {field: author, consumer: [customer]}, collected_at: written_on}
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - name: person
            fides_meta:
              references: [{dataset: planted, field: people.id, direction: from}]
          - {name: author}
          - {name: written_on}
          - {name: body, fides_meta: {privacy: {category: customer_records, free_text: true}}}
          - {name: reference}
      - name: documents
        fields:
          - name: person
            fides_meta:
              primary_key: true
              references: [{dataset: planted, field: people.id, direction: from}]
          - {name: file_name, fides_meta: {primary_key: true}}
          - {name: content, fides_meta: {privacy: {category: employment}}}
"""

_TABLES = """
CREATE TABLE people (id bigint PRIMARY KEY, full_name text, email text, phone text,
                     joined_at timestamptz, friend text, likely_to_buy text);
CREATE TABLE secrets (person bigint PRIMARY KEY, ssn text, itin text, license text, state_id text,
                      passport text, green_card text, card text, iban text, insurance text,
                      mrn text, password text, hint text, answer text, fingerprint text,
                      health text, extra jsonb);
CREATE TABLE notes (id bigint PRIMARY KEY, person bigint, author text, written_on date, body text,
                    reference text);
CREATE TABLE documents (person bigint, file_name text, content bytea,
                        PRIMARY KEY (person, file_name));
INSERT INTO people VALUES
  (1, 'Ada Abbott', 'Ada@example.org', '+1 559 000 0009', '2023-05-01', 'Paul Stern', 'yes'),
  (2, 'Paul Stern', 'paul.stern@example.net', '415-555-0199', '2023-05-01', NULL, NULL);
"""

NOTES = [
    (1, "customer", "2024-03-01", f"My SSN is {NEVER['ssn']}, card {NEVER['card']}."),
    (2, "ada@example.org", "2024-03-02", f"Same as {NEVER['license']} and {NEVER['hint']}!"),
    (3, "Ada Abbott", "2024-03-03", "=1+2 <b>bold</b> Paul Stern (paul.stern@example.net) knows."),
    (4, "agent 7", "2024-03-04", "mine is the other order"),
    (5, None, "2024-03-05", "mine is the other order"),
    (6, "customer", "2021-12-31", "older than the period"),
    (7, "customer", "2024-03-07", "I met Xenu Blort. password: tr0ub4dor&3x"),
]
FILES = {
    "cv.txt": f"Ada Abbott. Passport {NEVER['passport']}, answer {NEVER['answer']}.".encode(),
    f"scan_{NEVER['ssn']}.csv": f"name,number\n=cmd,{NEVER['card']}\n".encode(),
    "report.pdf": pdf(["Ada Abbott", f"IBAN {NEVER['iban']}"], title=NEVER["mrn"]),
    "clean.pdf": pdf(["Ada Abbott likes gardening."]),
    "photo.png": PICTURE,
}
EXTRA = {"color": "blue", "pin": NEVER["password"], "note": f"number {NEVER['mrn']}"}


async def plant(dsn: str, person: int = 1) -> None:
    """Fill an empty database."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_TABLES)
        values = [person, *NEVER.values(), HEALTH, json.dumps(EXTRA)]
        places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await connection.execute(f"INSERT INTO secrets VALUES ({places})", *values)
        await connection.executemany(
            "INSERT INTO notes VALUES ($1::bigint, 1, $2, $3::text::date, $4, 'R-' || $1::bigint)",
            [(n, author, day, body) for n, author, day, body in NOTES],
        )
        await connection.executemany(
            "INSERT INTO documents VALUES (1, $1, $2)", list(FILES.items())
        )
    finally:
        await connection.close()
