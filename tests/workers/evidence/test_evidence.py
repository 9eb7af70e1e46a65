"""An auditor with one file and one small program sees whatever was done to it, and where."""

import ast
import base64
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from string import Formatter

import asyncpg
import pytest

from domain.chain import canonical, link
from domain.events import Event
from domain.timeline import SENTENCES, sentence
from providers.kept import keep
from records import checkpoints, ledger, requests
from records.chain_check import seal
from records.signing import Signer
from records.vault import Vault
from tests.providers.receipts import signed_receipt
from tests.workers.evidence.conftest import ACME, NOW, PROOF, RAW, REQUEST, SIGNER
from tools import verify_evidence
from tools.verify_evidence import FORM, MANIFEST, SIGNATURE, container, unpack, verify
from workers.evidence.collecting import LedgerDamaged, NoSuchRequest
from workers.evidence.exporting import export
from workers.settings import PROJECT

Files = dict[str, bytes]
EVENTS = f"events/{REQUEST}.jsonl"
SCRIPT = PROJECT / "tools" / "verify_evidence.py"


def files_of(archive: bytes) -> Files:
    """Read an archive's files."""
    return {each.name: each.content for each in unpack(archive)}


def signed_anew(files: Files, signer: Signer = SIGNER) -> bytes:
    """Let somebody who has a signing key put the hashes and the signature right."""
    manifest = json.loads(files[MANIFEST])
    manifest["key"]["public"] = signer.public_key.hex()
    stated = {n: c for n, c in files.items() if n not in (MANIFEST, SIGNATURE)}
    manifest["files"] = {n: sha256(c).hexdigest() for n, c in stated.items()}
    text = json.dumps(manifest).encode()
    signature = signer.sign(FORM, text).hex().encode()
    return container({MANIFEST: text, SIGNATURE: signature, **stated})


def test_an_untouched_archive_is_sound_and_an_ordinary_zip(archive: bytes) -> None:
    """The verifier finds nothing, and any unzip program reads the files."""
    report = verify(archive)
    assert report.problems == []
    assert any("9 events in 3 streams" in fact for fact in report.facts)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == list(files_of(archive))


def test_it_holds_what_proves_the_request(archive: bytes) -> None:
    """Words, events with bytes, letters, raw acknowledgement, plan's hash, policy, checkpoint."""
    files = files_of(archive)
    assert "closed" in files["timeline.txt"].decode()
    assert "exported by s.lee" in files["timeline.html"].decode()
    [letter] = json.loads(files["letters.json"])
    assert letter["message_id"].endswith(".2@shop.example>")
    [said] = json.loads(files["acknowledgements.json"])
    assert files[said["file"]] == RAW
    assert json.loads(files["erasure.json"])["plan_hash"]
    assert json.loads(files["policy.json"])["version"]
    assert {each["stream"] for each in json.loads(files["inclusion.json"])} == {REQUEST, ACME}


def test_a_provider_s_own_signature_is_checked_and_its_key_named(archive: bytes) -> None:
    """Nobody here could have written it: with the hashes put right, a forged answer is told."""
    report = verify(archive)
    assert any(fact.endswith("1 of providers; 1 with their own signature") for fact in report.facts)
    [said] = report.answers
    assert said.startswith(f"{ACME}: done, ")
    assert PROOF.key_fingerprint in said
    files = files_of(archive)
    [name] = [name for name in files if name.startswith("acknowledgements/")]
    token, _ = signed_receipt(secret=8)
    forged = keep(token, PROOF.model_copy(update={"body_hash": sha256(token).hexdigest()}))
    problems = verify(signed_anew(files | {name: forged})).problems
    assert f"{name}: the provider's signature does not fit what it is said to have signed" in (
        problems
    )


def test_it_holds_nothing_of_the_consumer(archive: bytes) -> None:
    """Neither name nor address nor the plan's row keys leave the vault by it."""
    for secret in (b"Canary", b"ana.canary", b"415 555", b"row keys"):
        assert secret not in archive


def test_any_altered_byte_is_noticed_and_its_file_named(archive: bytes) -> None:
    """In every file, in every header and in the list at the end, one altered bit is told."""
    for each in unpack(archive):
        inside = range(each.content_at, each.content_at + len(each.content))
        named = "manifest" if each.name in (MANIFEST, SIGNATURE) else f"{each.name}: altered"
        for at in (*inside[:2], *inside[:: 1 + len(inside) // 12], *inside[-1:]):
            assert any(named in problem for problem in verify(_flipped(archive, at)).problems), at
        # Every byte of the first header, a different one of each other.
        step = 1 if not each.header_at else 11
        for at in range(each.header_at, each.content_at, step):
            assert verify(_flipped(archive, at)).problems, at
    for at in range(len(archive) - 90, len(archive)):
        [problem] = verify(_flipped(archive, at)).problems
        assert problem.startswith("archive: its list of contents")


def _flipped(archive: bytes, at: int) -> bytes:
    return archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1 :]


@pytest.mark.parametrize("n", [1, 3, 6])
def test_an_altered_event_is_named_by_stream_and_number(archive: bytes, n: int) -> None:
    """One altered line is told as that event, and no other is blamed."""
    files = files_of(archive)
    lines = files[EVENTS].splitlines(keepends=True)
    lines[n - 1] = lines[n - 1].replace(b'"body": "eyJ', b'"body": "eyK')
    problems = verify(container(files | {EVENTS: b"".join(lines)})).problems
    assert problems == [
        f"{EVENTS}: altered",
        f"{EVENTS}: event {n} of {REQUEST} was altered, or is not of this stream",
    ]


def _without(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], *lines[3:]]


def _swapped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def _cut(lines: list[bytes]) -> list[bytes]:
    return lines[:-1]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_without, f"event 3 of {REQUEST} removed"),
        (_swapped, f"event 3 of {REQUEST} stands behind event 4"),
        (_cut, f"{REQUEST} does not end as the manifest says, with event 6"),
    ],
)
def test_removed_and_reordered_events_are_named_even_if_the_hashes_were_put_right(
    archive: bytes, change: Callable[[list[bytes]], list[bytes]], named: str
) -> None:
    """Whoever has the signing key can hide a file's hash, not a break of the chain."""
    files = files_of(archive)
    changed = b"".join(change(files[EVENTS].splitlines(keepends=True)))
    problems = verify(signed_anew(files | {EVENTS: changed})).problems
    assert any(named in problem for problem in problems), problems


def test_a_tail_forged_with_the_key_still_disagrees_with_the_checkpoint(archive: bytes) -> None:
    """Events rewritten with right hashes, manifest and signature do not match what was signed."""
    files = files_of(archive)
    lines = [json.loads(line) for line in files[EVENTS].splitlines()]
    forged = _rechained(lines)
    manifest = json.loads(files[MANIFEST])
    manifest["streams"][REQUEST]["head"] = forged[-1]["hash"]
    text = "".join(json.dumps(line) + "\n" for line in forged).encode()
    changed = files | {EVENTS: text, MANIFEST: json.dumps(manifest).encode()}
    problems = verify(signed_anew(changed)).problems
    assert problems == [
        f"{EVENTS}: event 6 of {REQUEST}, or one before it, is not the one that checkpoint 1 signed"
    ]


def _rechained(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """Change the outcome in the last event and put its hash right."""
    last = lines[-1]
    document = {key: last[key] for key in ("at", "data", "n", "stream", "type")}
    document["data"] = {"outcome": "DENY", "retain_until": "2028-03-02"}
    body = canonical(document)
    return [
        *lines[:-1],
        last
        | document
        | {
            "body": base64.b64encode(body).decode(),
            "hash": (hash_ := link(str(last["previous_hash"]), body)),
            "seal": seal(
                str(lines[-2]["seal"]), hash_, datetime.fromisoformat(str(last["recorded_at"]))
            ),
        },
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "named"),
    [
        ("letters.json", ".2@shop", ".3@shop", "letters.json: letter 2"),
        ("erasure.json", '"plan_hash": "', '"plan_hash": "0', "erasure.json: no event"),
        ("policy.json", "2023", "2024", "policy.json: not the policy"),
        ("acknowledgements/1.json", "eyJ", "eyK", "acknowledgements/1.json: not the bytes"),
        ("acknowledgements.json", '"evidence_hash": "', '"evidence_hash": "0', "has another hash"),
        ("checkpoints.jsonl", "moved", "m0ved", "checkpoint 1: altered"),
        ("inclusion.json", '"n": 2', '"n": 1', "inclusion.json: checkpoint 1 does not cover"),
    ],
)
def test_what_lies_beside_the_events_must_agree_with_them(
    archive: bytes, name: str, old: str, new: str, named: str
) -> None:
    """Even signed anew, a letter, plan, policy, answer or checkpoint of another kind is named."""
    files = files_of(archive)
    changed = files[name].decode().replace(old, new, 1).encode()
    assert changed != files[name]
    problems = verify(signed_anew(files | {name: changed})).problems
    assert any(named in problem for problem in problems), problems


def test_added_removed_and_moved_files_are_named(archive: bytes) -> None:
    """A file too many, one too few, and another order are each told."""
    files = files_of(archive)
    assert "extra.txt: added" in verify(container(files | {"extra.txt": b""})).problems
    fewer = {name: content for name, content in files.items() if name != "letters.json"}
    assert "letters.json: removed" in verify(container(fewer)).problems
    [moved] = verify(container(dict(reversed(files.items())))).problems
    assert moved.startswith("archive: the files stand in another order")
    assert verify(archive[:-1]).problems == verify(archive + b"x").problems != []
    assert verify(b"no archive at all").problems == [
        "archive: damaged at byte 0, before its first file"
    ]


def test_another_signers_archive_is_told_from_ours(archive: bytes) -> None:
    """Signed anew by a stranger it is sound in itself, but not by the key that is trusted."""
    stranger = signed_anew(files_of(archive), Signer(bytes(32)))
    ours = verify_evidence.fingerprint(SIGNER.public_key.hex())
    assert verify(archive, frozenset({ours})).problems == []
    assert "by a key that you do not trust" in verify(stranger, frozenset({ours})).problems[-1]


def test_hashes_put_right_without_the_key_do_not_fit_the_signature(archive: bytes) -> None:
    """Whoever alters a file and its stated hash, and keeps the signature, is found out by that."""
    files = files_of(archive)
    told_otherwise = files["timeline.txt"].replace(b"closed", b"opened")
    with_their_key = signed_anew(files | {"timeline.txt": told_otherwise})
    assert verify(with_their_key).problems == []
    unsigned = container(files_of(with_their_key) | {SIGNATURE: files[SIGNATURE]})
    assert verify(unsigned).problems == [
        f"{MANIFEST}: it, or its signature in {SIGNATURE}, was altered"
    ]


def test_the_script_stands_alone(archive: bytes, tmp_path: Path) -> None:
    """Copied elsewhere and run without this project it answers by exit code and in words."""
    script = shutil.copy(SCRIPT, tmp_path)
    evidence, altered = tmp_path / "good.zip", tmp_path / "bad.zip"
    evidence.write_bytes(archive)
    altered.write_bytes(archive.replace(b'"DENY"', b'"GRAN"').replace(b"GRANT", b"DENYD"))

    def run(file: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", script, str(file)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert run(evidence).returncode == 0
    assert "Nothing was altered" in run(evidence).stdout
    assert run(altered).returncode == 1
    assert "ALTERED" in run(altered).stdout
    assert run(tmp_path / "none.zip").returncode == 2
    roots = {
        (name.name if isinstance(node, ast.Import) else str(node.module)).partition(".")[0]
        for node in ast.walk(ast.parse(SCRIPT.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert roots - set(sys.stdlib_module_names) == {"cryptography"}


async def test_a_damaged_ledger_is_not_exported(recorded: asyncpg.Connection, vault: Vault) -> None:
    """The place is named, and no archive vouches for it."""
    await recorded.execute("ALTER TABLE privacy.ledger DISABLE TRIGGER ledger_is_append_only")
    await recorded.execute(
        "UPDATE privacy.ledger SET body = '{}' WHERE stream = $1 AND n = 1", ACME
    )
    await recorded.execute("ALTER TABLE privacy.ledger ENABLE ALWAYS TRIGGER ledger_is_append_only")
    with pytest.raises(LedgerDamaged, match=f"{ACME}: event 1 is changed"):
        await export(recorded, vault, SIGNER, [], REQUEST, staff_id="s.lee", now=NOW)
    with pytest.raises(NoSuchRequest):
        await export(recorded, vault, SIGNER, [], "PR-0000-0001", staff_id="s.lee", now=NOW)


async def test_who_exports_is_on_record(recorded: asyncpg.Connection, vault: Vault) -> None:
    """The outside stream names them, and the next archive contains it."""
    for staff_id in ("s.lee", "counsel-1"):
        archive = await export(recorded, vault, SIGNER, [], REQUEST, staff_id=staff_id, now=NOW)
    rows = await ledger.read(recorded, f"{REQUEST}.outside")
    assert [json.loads(row.body)["data"]["actor"]["id"] for row in rows] == ["s.lee", "counsel-1"]
    assert verify(archive).problems == []
    assert b"counsel-1" in files_of(archive)["timeline.txt"]


async def test_after_shredding_the_record_is_still_proved(
    recorded: asyncpg.Connection, vault: Vault
) -> None:
    """Messages are gone, their hashes and everything else remain and verify."""
    await vault.shred(recorded, REQUEST)
    await requests.project(recorded, REQUEST, requests.Projection(purged_at=NOW))
    await checkpoints.take(recorded, SIGNER, NOW)
    archive = await export(recorded, vault, SIGNER, [], REQUEST, staff_id="s.lee", now=NOW)
    [said] = json.loads(files_of(archive)["acknowledgements.json"])
    assert said["file"] is None
    assert said["evidence_hash"]
    assert verify(archive).problems == []
    assert "Personal data destroyed" in files_of(archive)["timeline.txt"].decode()


def test_an_event_of_another_release_has_its_name() -> None:
    """What this release has no sentence for is told by its name and its values."""
    assert sentence("MoonLanded", {"crew": 2, "why_not": "no_reason"}) == (
        "Moon landed: crew 2, why_not no reason."
    )
    assert sentence("RequestReceived", {}).startswith("The request (none)")


def test_every_sentence_fits_its_event() -> None:
    """No sentence asks for a field that its event does not have."""
    kinds = {kind.__name__: kind for kind in _kinds(Event)}
    for name, template in SENTENCES.items():
        asked = {field for _, field, _, _ in Formatter().parse(template) if field}
        fields = set(kinds[name].model_fields)
        nested = {field for field in asked if field.partition("_")[0] in fields}
        assert asked <= fields | nested, name


def _kinds(base: type[Event]) -> list[type[Event]]:
    return [kind for each in base.__subclasses__() for kind in (each, *_kinds(each))]
