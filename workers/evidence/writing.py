"""Writes the evidence of a request as files, and signs them together."""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from domain.events import AcknowledgementRecorded
from domain.outside import LateAcknowledgementStored
from records.ledger import StoredEntry
from records.signing import Signer, fingerprint
from tools.verify_evidence import FORM, MANIFEST, SIGNATURE, container
from workers.evidence import story
from workers.evidence.collecting import Pack

Files = dict[str, bytes]

ABOUT = """Evidence of the privacy request {request}, written {made_at}.

timeline.html          what happened, in words (timeline.txt: the same as plain text)
events/                every event of every stream, with its exact bytes and its chained hashes
letters.json           every letter: Message-ID, times, server's answer, hash, template version
messages.json          what came in from consumers and providers: times and hashes
declarations.json      the signed declarations among them, by hash
acknowledgements.json  the providers' answers; acknowledgements/ holds them byte for byte
erasure.json           the plan's hash, what was erased, what was proven absent, what was retained
policy.json            the policy that applied, in the form that its hash covers
checkpoints.jsonl      signed checkpoints over all streams, up to the newest
inclusion.json         proofs that these checkpoints cover this request's streams
manifest.json          the hash of every file; manifest.sig is the signature over it (Ed25519)

To check it without us: python verify_evidence.py FILE --key FINGERPRINT
The program is tools/verify_evidence.py of the privacy request engine; it needs only Python and the
package cryptography. Ask the company for the key's fingerprint by another way than this file.

The providers' messages may name people. Keep this file as confidential as they are.
"""


def archive(pack: Pack, signer: Signer, trusted: Iterable[bytes], made_at: datetime) -> bytes:
    """Return the evidence as one signed archive.

    ``trusted`` are the public keys that may have signed checkpoints.
    """
    files = _files(pack, made_at)
    manifest = _json(_manifest(pack, files, signer, trusted, made_at))
    signature = signer.sign(FORM, manifest).hex().encode()
    return container({MANIFEST: manifest, SIGNATURE: signature, **files})


def _files(pack: Pack, made_at: datetime) -> Files:
    about = ABOUT.format(request=pack.request.request_id, made_at=made_at.isoformat())
    files: Files = {
        "README.txt": about.encode(),
        "timeline.html": story.as_html(pack, made_at).encode(),
        "timeline.txt": story.as_text(pack, made_at).encode(),
    }
    files |= {_stream_file(name): _lines(rows) for name, rows in pack.streams.items()}
    files |= {
        "letters.json": _json([_letter(each) for each in pack.letters]),
        "messages.json": _json(_messages(pack)),
        "declarations.json": _json(_declarations(pack)),
        "acknowledgements.json": _json([*_acknowledgements(pack)]),
        "erasure.json": _json(_erasure(pack)),
        "checkpoints.jsonl": b"".join(_line(each.portable()) for each in pack.checkpoints),
        "inclusion.json": _json([each.model_dump(mode="json") for each in pack.inclusions]),
    }
    if pack.policy is not None:
        files["policy.json"] = pack.policy
    for row, body in pack.acknowledgements.items():
        if body is not None:
            files[_acknowledgement_file(row)] = body
    return files


def _manifest(
    pack: Pack, files: Files, signer: Signer, trusted: Iterable[bytes], made_at: datetime
) -> dict[str, Any]:
    newest = pack.checkpoints[-1] if pack.checkpoints else None
    return {
        "form": FORM,
        "request": pack.request.request_id,
        "made_at": made_at.isoformat(),
        "policy": pack.pin.model_dump(mode="json") if pack.pin else None,
        "purged_at": pack.request.purged_at.isoformat() if pack.request.purged_at else None,
        "checkpoint": f"{newest.n} of {newest.taken_at.isoformat()}" if newest else None,
        "key": _key(signer.public_key),
        "trusted_keys": [_key(each) for each in sorted({signer.public_key, *trusted})],
        "streams": {
            name: {
                "file": _stream_file(name),
                "n": len(rows),
                "head": rows[-1].hash if rows else "0" * 64,
            }
            for name, rows in pack.streams.items()
        },
        "files": {name: sha256(content).hexdigest() for name, content in files.items()},
    }


def _key(public: bytes) -> dict[str, str]:
    return {"public": public.hex(), "fingerprint": fingerprint(public)}


def _stream_file(stream: str) -> str:
    return f"events/{stream}.jsonl"


def _lines(rows: Iterable[StoredEntry]) -> bytes:
    return b"".join(
        _line(
            json.loads(row.body)
            | {
                "body": base64.b64encode(row.body).decode(),
                "previous_hash": row.previous_hash,
                "hash": row.hash,
                "recorded_at": row.recorded_at.isoformat(timespec="microseconds"),
                "seal": row.seal,
            }
        )
        for row in rows
    )


def _letter(letter: Any) -> dict[str, Any]:
    kept: dict[str, Any] = letter.model_dump(mode="json", exclude={"facts", "request_id"})
    return kept


def _messages(pack: Pack) -> list[dict[str, Any]]:
    shown = {"row_id", "stream", "kind", "evidence_hash", "received_at", "delivered_at"}
    return [each.model_dump(mode="json", include=shown) for each in pack.messages]


def _declarations(pack: Pack) -> list[dict[str, Any]]:
    rows = {each.row_id: each for each in pack.messages}
    return [
        {
            "stream": event["stream"],
            "n": event["n"],
            "signed_at": event["at"],
            "evidence_hash": rows[event["data"]["inbox"]].evidence_hash,
        }
        for event in pack.documents
        if event["type"] == "DeclarationSigned" and event["data"]["inbox"] in rows
    ]


_PROVIDERS_WORDS = frozenset({AcknowledgementRecorded.__name__, LateAcknowledgementStored.__name__})
"""What a provider said, in time and too late."""

_SAID = ("standing", "at", "actor", "evidence_hash", "body_hash", "scheme", "key_fingerprint")


def _acknowledgements(pack: Pack) -> Iterator[dict[str, Any]]:
    for event in pack.documents:
        if event["type"] in _PROVIDERS_WORDS:
            body = pack.acknowledgements.get(event["data"]["inbox"])
            yield {
                "stream": event["stream"],
                "n": event["n"],
                **{key: event["data"].get(key) for key in _SAID},
                "file": _acknowledgement_file(event["data"]["inbox"]) if body is not None else None,
            }


def _acknowledgement_file(row: int) -> str:
    return f"acknowledgements/{row}.json"


def _erasure(pack: Pack) -> dict[str, Any]:
    steps = [each for each in pack.documents if each["type"] in {"ErasurePlanned", "DataErased"}]
    return {
        "plan_hash": pack.plan_hash or None,
        "events": [{"n": each["n"], "at": each["at"], **each["data"]} for each in steps],
    }


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _line(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()
