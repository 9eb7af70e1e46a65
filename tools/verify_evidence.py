#!/usr/bin/env python3
"""Tell offline whether an evidence file of a privacy request was altered, and name the place.

    python verify_evidence.py FILE [--key FINGERPRINT] [--answers] [--secrets SECRETS]

Needs Python 3.10 or newer and the package `cryptography`, nothing else, and no network. Ends with
0 when nothing was altered, removed or reordered; with 1 when something was, each place on a line;
with 2 when FILE cannot be read. Compare the fingerprint of the signing key with the one that the
company gave you by another way, or give it as --key: whoever alters a file could sign it anew
with a key of their own. What a service provider signed with a key of its own is checked as well,
and what it signed with a secret if that stands in the file SECRETS; --answers names each provider's
answer and whose certificate or key signed it.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import struct
import sys
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificates

FORM = "privacy-evidence-v1"
CHECKPOINT_FORM = "privacy-checkpoint-v1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
GENESIS = "0" * 64

_ENTRY = struct.Struct("<4s5H3I2H")
_LISTED = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_CONSTANT = (20, 0x800, 0, 0, 0x21)
"""Version, UTF-8 names, stored, midnight, 1980-01-01: the same for every file."""


class Damaged(Exception):
    """The archive cannot be read on from some byte."""


class Entry(NamedTuple):
    """A file in the archive, where its header and its content begin, and its stated checksum."""

    name: str
    content: bytes
    header_at: int
    content_at: int
    crc: int


class Report(NamedTuple):
    """What was found. ``facts`` say what the archive is; without ``problems`` it is unaltered.

    ``answers`` say of each provider's answer who signed it.
    """

    problems: list[str]
    facts: list[str]
    answers: list[str]


# The container: a plain zip, without compression, of which every byte is determined by its files.


def container(files: Mapping[str, bytes], crcs: Mapping[str, int] | None = None) -> bytes:
    """Return the one archive that these files make, in their order."""
    entries, listed, at = [], [], 0
    for name, content in files.items():
        crc = (crcs or {}).get(name, zlib.crc32(content))
        label, size = name.encode(), len(content)
        head = _ENTRY.pack(b"PK\x03\x04", *_CONSTANT, crc, size, size, len(label), 0)
        entries.append(head + label + content)
        places = (len(label), 0, 0, 0, 0, 0o100644 << 16, at)
        listed.append(
            _LISTED.pack(b"PK\x01\x02", 0x314, *_CONSTANT, crc, size, size, *places) + label
        )
        at += len(entries[-1])
    directory = b"".join(listed)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(files), len(files), len(directory), at, 0)
    return b"".join([*entries, directory, end])


def unpack(archive: bytes) -> list[Entry]:
    """Read the files in the order in which they stand. Raises ``Damaged``."""
    entries: list[Entry] = []
    at = 0
    while archive[at : at + 4] == b"PK\x03\x04":
        entries.append(_entry(archive, at, entries))
        at = entries[-1].content_at + len(entries[-1].content)
    if archive[at : at + 4] != b"PK\x01\x02":
        raise Damaged(f"archive: damaged at byte {at}, {_after(entries)}")
    return entries


def _entry(archive: bytes, at: int, before: list[Entry]) -> Entry:
    try:
        _, *_, crc, size, _, label, _ = _ENTRY.unpack_from(archive, at)
        name_at = at + _ENTRY.size
        name = archive[name_at : name_at + label].decode()
    except (struct.error, UnicodeDecodeError):
        raise Damaged(f"archive: damaged at byte {at}, {_after(before)}") from None
    content_at = name_at + label
    if content_at + size > len(archive):
        raise Damaged(f"archive: the header of {name!r} at byte {at} was altered or its end is cut")
    return Entry(name, archive[content_at : content_at + size], at, content_at, crc)


def _after(entries: list[Entry]) -> str:
    return f"in or after {entries[-1].name}" if entries else "before its first file"


def _container_problems(archive: bytes, entries: list[Entry], altered: set[str]) -> Iterator[str]:
    """Compare the bytes around the files with those that the files determine."""
    crcs = {each.name: each.crc for each in entries if each.name in altered}
    expected = container({each.name: each.content for each in entries}, crcs)
    if archive == expected:
        return
    if len({each.name for each in entries}) < len(entries):
        yield "archive: a file stands in it twice"
        return
    pairs = zip(archive, expected, strict=False)
    at = next((n for n, (is_, should) in enumerate(pairs) if is_ != should), len(expected))
    for each in entries:
        if each.header_at <= at < each.content_at:
            yield f"archive: the header of {each.name} was altered at byte {at}"
            return
    yield f"archive: its list of contents, behind the files, was altered at byte {at}"


# The manifest: which files there are, with their hashes, and the signature over it.


def _manifest_problems(files: Mapping[str, bytes]) -> Iterator[str]:
    manifest = _json(files.get(MANIFEST, b""))
    try:
        key = bytes.fromhex(manifest["key"]["public"])
        signature = bytes.fromhex(files[SIGNATURE].decode())
        if signature.hex().encode() != files[SIGNATURE]:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        yield f"{MANIFEST} or {SIGNATURE}: missing, or altered so that no signature can be read"
        return
    if not _is_signed(key, signature, FORM, files[MANIFEST]):
        yield f"{MANIFEST}: it, or its signature in {SIGNATURE}, was altered"


def _is_signed(key: bytes, signature: bytes, purpose: str, body: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, purpose.encode() + b"\n" + body)
    except (InvalidSignature, ValueError):
        return False
    return True


def _file_problems(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    stated = _mapping(manifest.get("files"))
    for name, hash_ in stated.items():
        if name not in files:
            yield f"{name}: removed"
        elif hashlib.sha256(files[name]).hexdigest() != hash_:
            yield f"{name}: altered"
    for name in files:
        if name not in stated and name not in (MANIFEST, SIGNATURE):
            yield f"{name}: added"
    here = [name for name in files if name in stated]
    order = [name for name in stated if name in files]
    moved = [name for name, expected in zip(here, order, strict=False) if name != expected]
    if moved:
        yield f"archive: the files stand in another order from {moved[0]} on"


# The streams: every event is chained to the one before by a hash over its exact bytes.


def _stream_problems(
    name: str, stream: str, stated: Mapping[str, Any], text: bytes
) -> Iterator[str]:
    last, ends, seals = 0, [GENESIS], [GENESIS]
    for line in text.splitlines():
        event = _json(line)
        body = _base64(event.get("body"))
        document = _json(body)
        n = document.get("n")
        if document.get("stream") != stream or not isinstance(n, int):
            yield f"{name}: event {last + 1} of {stream} was altered, or is not of this stream"
            n = last + 1
        elif n <= last:
            yield f"{name}: event {n} of {stream} stands behind event {last}"
            continue
        elif n > last + 1:
            yield f"{name}: {_span(last + 1, n - 1)} of {stream} removed, or moved to behind it"
        elif not _is_linked(event, body, document, ends):
            yield f"{name}: event {n} of {stream} was altered"
        elif "seal" in event and event["seal"] not in _seals(event, seals):
            yield f"{name}: when event {n} of {stream} was recorded was altered"
        seals = [str(event.get("seal")), *_seals(event, seals)][:3]
        last, ends = n, [_link(str(event.get("previous_hash")), body), str(event.get("hash"))]
    if last != stated.get("n") or stated.get("head") not in ends:
        yield f"{name}: {stream} does not end as the manifest says, with event {stated.get('n')}"


def _is_linked(
    event: Mapping[str, Any], body: bytes, document: Mapping[str, Any], ends: list[str]
) -> bool:
    """Tell whether an event follows one of ``ends`` and says in clear what its bytes say."""
    before = str(event.get("previous_hash"))
    in_clear = {key: event.get(key) for key in document}
    return before in ends and event.get("hash") == _link(before, body) and in_clear == document


def _seals(event: Mapping[str, Any], before: list[str]) -> list[str]:
    """Return the seals that an event may have: over its hash, its instant and the one before."""
    end = f"\n{event.get('hash')}\n{event.get('recorded_at')}"
    return [hashlib.sha256((each + end).encode()).hexdigest() for each in before]


def _span(first: int, last: int) -> str:
    return f"event {first}" if first == last else f"events {first} to {last}"


def _link(previous: str, body: bytes) -> str:
    return hashlib.sha256(previous.encode() + b"\n" + body).hexdigest()


def _events(text: bytes) -> Iterator[Mapping[str, Any]]:
    for line in text.splitlines():
        event = _json(line)
        if isinstance(event.get("data"), dict):
            yield event


# What lies beside the streams must be what their events say of it.


def _beside_problems(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    events = {
        (stream, event.get("n")): event
        for stream, stated in _mapping(manifest.get("streams")).items()
        for event in _events(files.get(str(_mapping(stated).get("file")), b""))
    }
    yield from _policy_problems(events, files)
    yield from _letter_problems(events, _list(files, "letters.json"))
    yield from _evidence_problems(events, files)
    yield from _plan_problems(events, _json(files.get("erasure.json", b"")))


_AllEvents = Mapping[tuple[str, Any], Mapping[str, Any]]


def _policy_problems(events: _AllEvents, files: Mapping[str, bytes]) -> Iterator[str]:
    held = hashlib.sha256(files.get("policy.json", b"")).hexdigest()
    for (stream, n), event in events.items():
        pin = _mapping(event["data"].get("policy"))
        if pin and "policy.json" in files and pin.get("content_hash") != held:
            yield f"policy.json: not the policy that event {n} of {stream} pins"


def _letter_problems(events: _AllEvents, letters: list[Any]) -> Iterator[str]:
    for letter in map(_mapping, letters):
        stream, n = str(letter.get("stream")), letter.get("n")
        asked = _mapping(events.get((stream, n)))
        marked = hashlib.sha256(stream.encode()).hexdigest()[:32]
        if _mapping(asked.get("data")).get("notice") != letter.get("notice"):
            yield f"letters.json: letter {n} of {stream} is not the one its event asked for"
        elif not str(letter.get("message_id")).startswith(f"<{marked}.{n}@"):
            yield f"letters.json: letter {n} of {stream} has another Message-ID than its own"


def _evidence_problems(events: _AllEvents, files: Mapping[str, bytes]) -> Iterator[str]:
    for row in map(_mapping, _list(files, "acknowledgements.json")):
        name, event = str(row.get("file")), _mapping(events.get((str(row.get("stream")), row["n"])))
        said = _mapping(event.get("data")).get("evidence_hash")
        if said != row.get("evidence_hash"):
            yield f"acknowledgements.json: event {row['n']} of {row.get('stream')} has another hash"
        elif row.get("file") and hashlib.sha256(files.get(name, b"")).hexdigest() != said:
            yield f"{name}: not the bytes whose hash event {row['n']} recorded"


def _plan_problems(events: _AllEvents, erasure: Mapping[str, Any]) -> Iterator[str]:
    planned = [
        event["data"].get("plan_hash")
        for event in events.values()
        if event.get("type") == "ErasurePlanned"
    ]
    if erasure.get("plan_hash") and erasure["plan_hash"] not in planned:
        yield "erasure.json: no event records a plan with this hash"


# The providers' answers: what one signed with a key of its own, anybody can check.

OWN_KEY = "signed with a key of the provider's own, checked"
SECRET_FITS = "signed with a secret that company and provider share, checked"
SECRET_UNKNOWN = "signed with a secret that company and provider share; give it with --secrets"
UNSIGNED = "without a signature, such as a button behind a link, or a word of the company's staff"
DESTROYED = "destroyed when its retention ended"


class Signed(NamedTuple):
    """How an answer is signed, by whom, and what is wrong with that."""

    how: str
    by: str = ""
    problem: str = ""


def _answers(files: Mapping[str, bytes], secrets: Collection[str]) -> Iterator[tuple[str, Signed]]:
    """Yield what each answer says, with how it is signed."""
    for row in map(_mapping, _list(files, "acknowledgements.json")):
        name = str(row.get("file") or "")
        signed = Signed(DESTROYED if row.get("evidence_hash") else UNSIGNED)
        if name:
            signed = signed_how(_json(files.get(name, b"")), row.get("key_fingerprint"), secrets)
        if signed.problem:
            signed = signed._replace(problem=f"{name}: {signed.problem}")
        yield f"{row.get('stream')}: {row.get('standing')}, {row.get('at')}", signed


def signed_how(
    kept: Mapping[str, Any], key_fingerprint: Any, secrets: Collection[str] = ()
) -> Signed:
    """Check the signature of a kept answer, whose event names a key by its fingerprint.

    A secret that company and provider share is not kept: it is looked for among ``secrets``.
    """
    scheme = str(kept.get("scheme") or "")
    if not scheme:
        return Signed(UNSIGNED)
    text = kept.get("body")
    body = _base64(kept.get("body_base64")) if text is None else str(text).encode()
    if hashlib.sha256(body).hexdigest() != kept.get("body_hash"):
        return Signed(scheme, problem="its body is not the one that was verified")
    try:
        signed, found = _checked(scheme, kept, body, secrets)
    except (InvalidSignature, KeyError, TypeError, ValueError):
        wrong = "the provider's signature does not fit what it is said to have signed"
        return Signed(scheme, problem=wrong)
    if found not in ("", key_fingerprint):
        wrong = "signed with another key than the one that its event names"
        return signed._replace(problem=wrong)
    return signed


def _checked(
    scheme: str, kept: Mapping[str, Any], body: bytes, secrets: Collection[str]
) -> tuple[Signed, str]:
    """Check a signature of a known scheme; return also the fingerprint of the key that made it.

    Raises ``InvalidSignature``, or ``ValueError`` and its like for what is no signature.
    """
    if scheme.startswith("opendsr-rsa-sha256-"):
        return _by_certificate(kept, body)
    if scheme == "ddrf-acjwt":
        return _by_published_key(kept, body)
    if scheme == "standard-webhooks-v1":
        return _by_secret(kept, body, secrets)
    return Signed(f"signed as {scheme}, which this program does not know"), ""


def _by_certificate(kept: Mapping[str, Any], body: bytes) -> tuple[Signed, str]:
    certificate = load_pem_x509_certificates(str(kept["verified_by"]).encode())[0]
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO)
    chosen = pss if str(kept["scheme"]).endswith("-pss") else padding.PKCS1v15()
    headers = _mapping(kept["headers"])
    [signature] = (text for name, text in headers.items() if name.endswith("-signature"))
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    key.verify(_base64("".join(str(signature).split())), body, chosen, SHA256())
    subject, issuer = certificate.subject, certificate.issuer
    by = f"certificate of {subject.rfc4514_string()}, issued by {issuer.rfc4514_string()}"
    return Signed(OWN_KEY, by), certificate.fingerprint(SHA256()).hex()


def _by_published_key(kept: Mapping[str, Any], body: bytes) -> tuple[Signed, str]:
    held = str(kept["verified_by"])
    for token in body.decode("ascii").split("\n"):
        _verify_token(token, json.loads(held))
    thumbprint = hashlib.sha256(held.encode()).hexdigest()
    return Signed(OWN_KEY, f"key with thumbprint {thumbprint}"), thumbprint


def _by_secret(
    kept: Mapping[str, Any], body: bytes, secrets: Collection[str]
) -> tuple[Signed, str]:
    named = str(kept["key_fingerprint"])
    known = {_secret_fingerprint(key): key for key in map(_secret, secrets)}
    if named not in known:
        return Signed(SECRET_UNKNOWN, named), named
    headers = _mapping(kept["headers"])
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = base64.b64encode(hmac.digest(known[named], content, "sha256")).decode()
    if f"v1,{made}" not in str(headers["webhook-signature"]).split():
        raise InvalidSignature
    return Signed(SECRET_FITS, named), named


def _secret(text: str) -> bytes:
    return _base64(text.strip().removeprefix("whsec_"))


def _secret_fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"webhook key\n" + key).hexdigest()[:32]


def _verify_token(token: str, key: Mapping[str, Any]) -> None:
    """Check a JSON Web Token by a public JSON Web Key (RS256, ES256)."""
    signed, _, end = token.rpartition(".")
    signature = _base64url(end)
    if key["kty"] == "RSA":
        numbers = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"]))
        numbers.public_key().verify(signature, signed.encode(), padding.PKCS1v15(), SHA256())
        return
    point = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1())
    halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    dss = encode_dss_signature(*halves)
    point.public_key().verify(dss, signed.encode(), ec.ECDSA(SHA256()))


def _number(text: str) -> int:
    return int.from_bytes(_base64url(text), "big")


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# The checkpoints: signed on their days, they cover the streams by a path to a signed root.


def _checkpoint_problems(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    chain = [_json(line) for line in files.get("checkpoints.jsonl", b"").splitlines()]
    keys = {each["public"] for each in map(_mapping, _as_list(manifest.get("trusted_keys")))}
    roots: dict[Any, Any] = {}
    for before, each in zip([None, *chain], chain, strict=False):
        content = _json(str(each.get("body")).encode())
        name = f"checkpoints.jsonl: checkpoint {content.get('n')}"
        if not _is_checkpoint(each, keys):
            yield f"{name}: altered, or signed by a key that the manifest does not name"
        elif before is not None and each.get("previous_hash") != before.get("hash"):
            yield f"{name}: it does not follow the one before it"
        roots[content.get("n")] = content.get("root")
    for proof in map(_mapping, _list(files, "inclusion.json")):
        yield from _inclusion_problems(proof, roots, manifest, files)


def _is_checkpoint(each: Mapping[str, Any], keys: set[str]) -> bool:
    body = str(each.get("body")).encode()
    key, signature = _base64(each.get("public_key")), _base64(each.get("signature"))
    chained = _link(str(each.get("previous_hash")), body) == each.get("hash")
    return chained and key.hex() in keys and _is_signed(key, signature, CHECKPOINT_FORM, body)


def _inclusion_problems(
    proof: Mapping[str, Any],
    roots: Mapping[Any, Any],
    manifest: Mapping[str, Any],
    files: Mapping[str, bytes],
) -> Iterator[str]:
    stream, n, hash_ = proof.get("stream"), proof.get("n"), proof.get("hash")
    if _root(proof) != roots.get(proof.get("checkpoint")):
        yield f"inclusion.json: checkpoint {proof.get('checkpoint')} does not cover {stream}"
        return
    stated = _mapping(_mapping(manifest.get("streams")).get(str(stream)))
    name = str(stated.get("file"))
    ends = {each.get("n"): each for each in _events(files.get(name, b""))}
    end = ends.get(n, {})
    if end.get("hash") != hash_ or proof.get("seal") not in (None, end.get("seal")):
        yield (
            f"{name}: event {n} of {stream}, or one before it, is not the one that checkpoint "
            f"{proof.get('checkpoint')} signed"
        )


def _root(proof: Mapping[str, Any]) -> str:
    covered = ("hash", "n", "stream", "seal") if proof.get("seal") else ("hash", "n", "stream")
    leaf = {key: proof.get(key) for key in covered}
    text = json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    here = hashlib.sha256(b"\x00" + text.encode()).digest()
    for side, beside in _as_list(proof.get("path")):
        other = bytes.fromhex(beside)
        pair = other + here if side == "left" else here + other
        here = hashlib.sha256(b"\x01" + pair).digest()
    return here.hex()


# Everything together.


def verify(
    archive: bytes, trusted: frozenset[str] = frozenset(), secrets: Collection[str] = ()
) -> Report:
    """Check an archive; ``trusted`` are the fingerprints of keys that may have signed it.

    ``secrets`` are those (``whsec_…``) by which providers' messages were signed.
    """
    try:
        entries = unpack(archive)
    except Damaged as damage:
        return Report([str(damage)], [], [])
    files = {each.name: each.content for each in entries}
    manifest = _json(files.get(MANIFEST, b""))
    problems = [*_manifest_problems(files)]
    if not manifest.get("files"):
        return Report([*problems, f"{MANIFEST}: it does not name the files"], [], [])
    problems += _file_problems(manifest, files)
    altered = {problem.partition(":")[0] for problem in problems}
    if problems and problems[0].startswith(MANIFEST):
        altered |= {MANIFEST, SIGNATURE}
    problems += _container_problems(archive, entries, altered)
    try:
        problems += _content_problems(manifest, files)
    except (AttributeError, KeyError, TypeError, ValueError):
        problems.append("archive: its content does not have the form that it should have")
    problems += _key_problems(manifest, trusted)
    answers = [*_answers(files, secrets)]
    problems += [signed.problem for _, signed in answers if signed.problem]
    said = [f"{says}: {how}{by and f' ({by})'}" for says, (how, by, _) in answers]
    checked = sum(signed.how == OWN_KEY and not signed.problem for _, signed in answers)
    facts = [*_facts(manifest, files)]
    facts.append(f"Answers:     {len(answers)} of providers; {checked} with their own signature")
    return Report(problems, facts, said)


def _content_problems(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> list[str]:
    problems = [] if manifest.get("form") == FORM else [f"{MANIFEST}: it is not of form {FORM}"]
    for stream, stated in _mapping(manifest.get("streams")).items():
        name = str(stated["file"])
        problems += _stream_problems(name, stream, stated, files.get(name, b""))
    problems += _beside_problems(manifest, files)
    return [*problems, *_checkpoint_problems(manifest, files)]


def _key_problems(manifest: Mapping[str, Any], trusted: frozenset[str]) -> Iterator[str]:
    found = fingerprint(_mapping(manifest.get("key")).get("public"))
    if trusted and found.replace(" ", "") not in {each.replace(" ", "") for each in trusted}:
        yield f"{MANIFEST}: signed by a key that you do not trust; its fingerprint is {found}"


def fingerprint(public_key: Any) -> str:
    """Return the SHA-256 of a public key (hex), in groups of four."""
    try:
        digest = hashlib.sha256(bytes.fromhex(public_key)).hexdigest()
    except (TypeError, ValueError):
        return "unreadable"
    return " ".join(digest[at : at + 4] for at in range(0, 64, 4))


def _facts(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    streams = _mapping(manifest.get("streams"))
    events = sum(_mapping(each).get("n") or 0 for each in streams.values())
    policy = _mapping(manifest.get("policy"))
    yield f"Request:     {manifest.get('request')}"
    yield f"Written:     {manifest.get('made_at')}"
    yield f"Holds:       {len(files)} files; {events} events in {len(streams)} streams"
    yield f"Policy:      {policy.get('version')} ({policy.get('content_hash')})"
    yield f"Checkpoint:  {manifest.get('checkpoint') or 'none was taken yet'}"
    yield f"Signed by:   {fingerprint(_mapping(manifest.get('key')).get('public'))}"


def _json(text: bytes) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(text))
    except ValueError:
        return {}


def _list(files: Mapping[str, bytes], name: str) -> list[Any]:
    try:
        return _as_list(json.loads(files.get(name, b"[]")))
    except ValueError:
        return []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _base64(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return b""


def main(arguments: list[str] | None = None) -> int:
    """Check one file and say what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", action="append", default=[], help="fingerprint of a trusted key")
    parser.add_argument("--secrets", type=Path, help="file of providers' secrets, one on each line")
    parser.add_argument("--answers", action="store_true", help="list the providers' answers")
    asked = parser.parse_args(arguments)
    try:
        archive = asked.file.read_bytes()
        secrets = asked.secrets.read_text().split() if asked.secrets else []
    except OSError as problem:
        sys.stderr.write(f"{problem.filename} cannot be read: {problem.strerror}\n")
        return 2
    report = verify(archive, frozenset(asked.key), secrets)
    return say(report, trusted=bool(asked.key), answers=asked.answers)


def say(report: Report, *, trusted: bool, answers: bool = False) -> int:
    """Print a report, with the providers' ``answers`` if asked; return its exit code."""
    for line in (*report.facts, *(report.answers if answers else ())):
        sys.stdout.write(line + "\n")
    for problem in report.problems:
        sys.stdout.write(f"ALTERED  {problem}\n")
    if report.problems:
        return 1
    sys.stdout.write("Nothing was altered, removed or reordered since it was signed.\n")
    if not trusted:
        sys.stdout.write("Compare the key's fingerprint with the one that the company gave you.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
