#!/usr/bin/env python3
"""Checks a copied audit log offline: a second opinion, written from docs/audit-format.md alone.

    python3 scripts/verify.py --dir COPY --key PUBLIC.pem [--anchor LINE]... [--from TIME] [--to TIME] [--json]
COPY is a folder with the bucket's objects under their keys: COPY/audit/v1/LOG/... It needs Python 3.10 or later and
cryptography, no network. Exit status: 0 fine, 1 something wrong, 2 something not proven, 3 could not look, 4 usage.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import stat
import sys
import time
import zlib
from collections import Counter, namedtuple
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

MAX_OBJECT, MAX_TEXT = 32 << 20, 256 << 20
SECOND, HOUR, DAY, WINDOW, SKEW = (n * 10**9 for n in (1, 3600, 86400, 26 * 3600, 900))  # as times, in nanoseconds
UNPROVEN = {*"nothing unsigned-tail stale segment-unsealed chain-unproven start-unproven baseline-open raw batches".split()}
# Section 1: what objects are called below audit/v1/<log>/.
SEGMENT_NAME = re.compile(r"dt=([0-9-]{10})/hour=([0-9]{2})/"
                          r"([^/]+)-([0-9]{1,40}|unknown)-([0-9]{1,40}|unknown)-([0-9a-f]{16})\.ndjson\.gz")
DIGEST_NAME = re.compile(r"digests/([0-9]{8})/(\1[0-9]{2})(\.signature)?\.json")
INDEX_NAME = re.compile(r"keys/([0-9]{8})/\1[0-9]{2}-[0-9a-f]{16}\.txt")
NOTE_NAME = re.compile(r"late/dt=([0-9-]{10})/([0-9-]{10}T[0-9]{2})")
SEQUENCE = re.compile("[0-9]{1,40}")
TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{0,8}[1-9]))?Z")
ANCHOR = re.compile(r"outflow-anchor-1 (\S+) ([1-9][0-9]{0,9}) \S+ ([0-9a-f]{64}) [0-9a-f]{64}")


class Invalid(ValueError):
    """What is read is not of the format; the text says why."""


def members(pairs):
    """An object with its members in the order of RFC 8785, none of them twice."""
    if len(dict(pairs)) != len(pairs):
        raise Invalid("a name is twice in an object")
    return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass")))

def number(text):
    if not re.fullmatch("[0-9]{1,16}", text) or int(text) > 2**53:
        raise Invalid(f"the number {text[:20]} is no integer of 0 to 2^53")
    return int(text)

def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

def parse(content, *shapes):
    """The value of a text that must be canonical JSON of one of the shapes."""
    try:
        hooks = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), number)
        value = json.loads(content.decode(), object_pairs_hook=members, **hooks)
        if canonical(value) == content and any(fits(value, shape) for shape in shapes):
            return value
    except (ValueError, RecursionError) as error:
        raise Invalid(f"it is not JSON of the format: {error}")
    raise Invalid("it is not canonical JSON, or has not exactly the members of version 1, with values of their kind")

def fits(value, shape):
    """Whether a value has a shape: exactly these members, a list of these, null or this, a text like this, a type, what
    a function takes, a constant."""
    if isinstance(shape, dict):
        same = isinstance(value, dict) and value.keys() == shape.keys()
        return same and all(fits(value[name], shape[name]) for name in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(element, shape[0]) for element in value)
    if isinstance(shape, tuple):
        return value is None or fits(value, shape[1])
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and bool(shape.fullmatch(value))
    if isinstance(shape, type):
        return type(value) is shape
    return shape(value) is not None if callable(shape) else type(value) is type(shape) and value == shape

def moment(text):
    match = TIME.fullmatch(text) if isinstance(text, str) else None
    try:
        second = datetime.fromisoformat(match[1] + "+00:00").timestamp()
    except (TypeError, ValueError):
        raise Invalid("a time is not as RFC 3339 has it in UTC, with no zero at the end of its second")
    return int(second) * SECOND + int((match[2] or "").ljust(9, "0"))

def hour(text):
    return moment(f"{text}:00:00Z")

def decode64(text):
    content = base64.b64decode(text) if isinstance(text, str) else b""
    if base64.b64encode(content).decode() != text:
        raise Invalid("a text is not base64")
    return content

def sha256(content):
    return hashlib.sha256(content).hexdigest()

def merkle(leaves):  # section 4; RFC 6962, section 2.1
    if len(leaves) < 2:
        return hashlib.sha256(b"\0" + leaves[0] if leaves else b"").digest()
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + merkle(leaves[:left]) + merkle(leaves[left:])).digest()

def public_key(spki):  # whose hash is the key's id
    try:
        key = serialization.load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Invalid(f"it is no public key: {error}")
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise Invalid("it is no key on P-256")
    return key

def gunzip(content):
    """The text of a gzip stream. It stops where the format's limit is passed."""
    reader = zlib.decompressobj(31)
    try:
        text = reader.decompress(content, MAX_TEXT + 1)
    except zlib.error as error:
        raise Invalid(f"it is not gzip: {error}")
    if len(text) > MAX_TEXT or not reader.eof or reader.unused_data:
        raise Invalid("it is not one whole gzip stream of at most 256 MiB, with nothing after it")
    return text

# Sections 3 to 5: lines, digests, signatures.
LINE = {"at": (None, moment), "cause": re.compile("user|ttl"), "id": (None, str), "keys": dict, "new": dict,
        "newHash": str, "old": dict, "oldHash": str, "seq": SEQUENCE, "stream": str, "v": 1, "view": (None, dict)}
INSERT, MODIFY = {**LINE, "op": "insert", "old": None, "oldHash": None}, {**LINE, "op": "modify"}
REMOVE, BASELINE = {**LINE, "op": "remove", "new": None, "newHash": None}, {**INSERT, "op": "baseline", "cause": None}
RAW = {**LINE, **dict.fromkeys(("cause", "keys", "new", "newHash", "old", "oldHash", "view")), "reason": str,
       **dict.fromkeys(("op", "seq", "stream"), (None, str))}
LINES = INSERT, MODIFY, REMOVE, BASELINE, {**RAW, "raw": str}, {**RAW, "rawBase64": str}
IDENTITY = ("stream", "seq", "id", "op", "at", "cause", "keys", "oldHash", "newHash", "raw", "rawBase64")
DIGEST = {"at": moment, "counts": dict.fromkeys(("baseline", "insert", "modify", "raw", "remove"), int),
          "faults": [{"bytes": int, "key": str, "reason": str, "sha256": (None, str)}],
          "keyIndex": (None, {"bytes": int, "entries": int, "key": str, "sha256": str}), "lines": int, "log": str,
          "looked": {"complete": bool, "from": (None, hour), "late": [hour], "sweptAt": moment},
          "nextKey": (None, {"id": str, "spki": decode64}), "number": int,
          "previous": (None, {"number": int, "sha256": str, "signature": decode64}), "root": str,
          "segments": [{"bytes": int, "key": str, "lines": int, "sha256": str, "textSha256": str}], "signedBy": str,
          "v": 1, "unresolved": dict.fromkeys(("batches", "outcomesAlone", "records"), {"count": int, "keys": [str]})}
SIGNATURE = {"algorithm": "ECDSA_P256_SHA256", "keyId": str, "log": str, "number": int, "sha256": str,
             "signature": decode64, "spki": decode64, "v": 1}

# What is kept of a line; kind is op or raw, identity and keys are hashes, place is the key of its segment.
Record = namedtuple("Record", "id label seq version at kind identity keys old new place")

def read_line(content, place):
    line = parse(content, *LINES)
    for image in "old", "new":
        if line[image] is not None and line[image + "Hash"] != sha256(canonical(line[image])):
            raise Invalid(f"{image}Hash is not that of the image")
    label = (line["stream"] or "").rsplit("/", 1)[-1] or "unknown"
    seq = line["seq"] if fits(line["seq"], SEQUENCE) else "unknown"
    return Record(line["id"], label, seq, "" if "unknown" in (label, seq) else f"{label}/{seq.zfill(40)}",
                  None if line["at"] is None else moment(line["at"]),
                  "raw" if "reason" in line else line["op"],
                  sha256(canonical([line.get(name) for name in IDENTITY])), sha256(canonical(line["keys"])),
                  line["oldHash"], line["newHash"], place)


class Log:
    """A log in a folder, and what is found. The methods are the steps of section 9, in their order."""

    def __init__(self, folder, log, since, to):
        self.folder, self.log, self.prefix, self.since, self.to = folder, log, f"audit/v1/{log}/", since, to
        self.bounded = since is not None or to is not None
        self.findings, self.unread = {}, []  # why by (class, object); what could not be looked at
        self.segments, self.digests, self.signatures, self.indexes, self.notes = {}, {}, {}, set(), set()
        self.hashes, self.read, self.last = {}, {}, None  # of digests by number; those of the format; the last of these
        self.listed, self.records, self.looked = set(), [], 0  # keys of segments and faults; lines; segments read

    def find(self, kind, key, why):
        self.findings.setdefault((kind, key), why)

    def key(self, n, ending=".json"):
        return f"{self.prefix}digests/{f'{n:010d}'[:8]}/{n:010d}{ending}"

    def content(self, key):
        """The object's bytes; None if it could not be looked at, which is noted."""
        try:
            with open(os.path.join(self.folder, *key.split("/")), "rb") as file:
                content = file.read(MAX_OBJECT + 1)
        except OSError as error:
            return self.unread.append(f"{key}: {error.strerror}")
        if len(content) > MAX_OBJECT:
            raise Invalid("it has more than 32 MiB")
        return content

    def list(self):
        """Step 1."""
        top = os.path.join(self.folder, *self.prefix.strip("/").split("/"))
        for folder, folders, files in os.walk(top, onerror=lambda e: self.unread.append(f"{e.filename}: {e.strerror}")):
            for path in sorted(os.path.join(folder, name) for name in folders + files):
                key = self.prefix + os.path.relpath(path, top).replace(os.sep, "/")
                try:
                    mode = os.lstat(path).st_mode
                    if not stat.S_ISDIR(mode):
                        self.place(key, key[len(self.prefix):], stat.S_ISREG(mode))
                except OSError as error:
                    self.unread.append(f"{key}: {error.strerror}")
                except Invalid as why:
                    self.find("stray", key, str(why))
        self.highest = max([*self.digests, *self.signatures], default=0)

    def place(self, key, name, regular):
        if not regular:
            raise Invalid("it is no regular file, so it is not read")
        if match := SEGMENT_NAME.fullmatch(name):
            self.segments[key] = hour(f"{match[1]}T{match[2]}"), match.groups()[2:]
        elif (match := DIGEST_NAME.fullmatch(name)) and int(match[2]):
            (self.signatures if match[3] else self.digests)[int(match[2])] = key
        elif INDEX_NAME.fullmatch(name):
            self.indexes.add(key)
        elif match := NOTE_NAME.fullmatch(name):
            self.notes.add((hour(match[1] + "T00"), hour(match[2])))
        else:
            raise Invalid("no object of the format has this name")

    def chain(self, trusted):
        """Step 2: the chain of digests. trusted are ids of keys; those that sound digests announce are added."""
        for n in sorted({*range(1, min(self.highest, len(self.digests) + 1000) + 1)} - {*self.digests}):
            self.find("digest-missing", self.key(n), f"the log has digests up to {self.highest}")
        sound, signatures = set(), {}
        for n in sorted(self.digests):
            try:
                if (content := self.content(self.digests[n])) is None:
                    continue
                self.hashes[n] = sha256(content)
                d, before = parse(content, DIGEST), self.read.get(n - 1)
                if (d["log"], d["number"]) != (self.log, n):
                    raise Invalid(f"it is digest {d['number']} of {d['log']}")
            except Invalid as why:
                self.find("digest-altered", self.key(n), str(why))
                continue
            self.read[n] = self.last = d
            in_force = {(before["nextKey"] or {"id": before["signedBy"]})["id"]} if before else trusted
            if d["signedBy"] not in in_force:
                self.find("key-unannounced", self.key(n), "signedBy is neither the key before it nor announced")
            if self.signed(n, content, d, signatures) and d["signedBy"] in trusted & in_force:
                sound.add(n)
                trusted |= {d["nextKey"]["id"]} if d["nextKey"] else set()
            if before and d["previous"]:
                self.follows(n, d, before, signatures.get(n - 1), n - 1 in sound and n not in sound)

    def signed(self, n, content, d, signatures):
        """Whether the signature of a digest verifies. What is stored as such is noted."""
        key = self.key(n, ".signature.json")
        if n not in self.signatures:
            kind = "unsigned-tail" if n == self.highest else "signature-missing"
            return self.find(kind, key, f"digest {n} has no signature")
        try:
            if (stored := self.content(key)) is None:
                return False
            s = parse(stored, SIGNATURE)
            signatures[n] = s["signature"]
            spki = decode64(s["spki"])
            if (s["log"], s["number"], s["sha256"]) != (self.log, n, sha256(content)):
                raise Invalid("it is of something else than the digest")
            if not sha256(spki) == s["keyId"] == d["signedBy"]:
                raise Invalid("it is by another key than the digest's signedBy")
            public_key(spki).verify(decode64(s["signature"]), content, ec.ECDSA(hashes.SHA256()))
            return True
        except (Invalid, InvalidSignature) as why:
            return self.find("signature-wrong", key, str(why) or "it does not verify")

    def follows(self, n, d, before, signature, forged):
        """Compares a digest with the one before. forged: of the two, only the one before has a sound signature."""
        if d["previous"]["sha256"] != self.hashes[n - 1]:
            self.find("digest-altered", self.key(n if forged else n - 1), f"digest {n} says that {n - 1} was another")
        elif signature and signature != d["previous"]["signature"]:
            self.find("signature-wrong", self.key(n - 1, ".signature.json"), f"digest {n} holds another")
        if moment(d["at"]) < moment(before["at"]):
            self.find("digest-altered", self.key(n), "its time is before that of the one before it")

    def contents(self):
        """Step 3: each digest by itself."""
        for n, d in self.read.items():
            keys, lines = [told["key"] for told in d["segments"]], sum(told["lines"] for told in d["segments"])
            next_key, previous = d["nextKey"], d["previous"] and d["previous"]["number"]
            for right, why in (
                    (all(a.encode() < b.encode() for a, b in zip(keys, keys[1:])), "its segments are not sorted"),
                    (d["root"] == merkle([canonical(told) for told in d["segments"]]).hex(), "root is wrong"),
                    (d["lines"] == sum(d["counts"].values()) == lines, "lines, counts and segments do not agree"),
                    ((d["keyIndex"] is None) == (not keys), "it must have a key index exactly if it has segments"),
                    (previous == (n - 1 or None), "its previous is not the digest before it"),
                    (not next_key or sha256(decode64(next_key["spki"])) == next_key["id"], "nextKey has another id")):
                if not right:
                    self.find("digest-wrong", self.key(n), why)
            if d["keyIndex"]:
                self.index(**d["keyIndex"])
            for fault in d["faults"]:
                self.findings.pop(("stray", fault["key"]), None)
                self.find("fault", fault["key"], f"digest {n} says: {fault['reason']}")
            for key in keys + [fault["key"] for fault in d["faults"]]:
                if key in self.listed:
                    self.find("digest-wrong", self.key(n), f"it lists what is listed already: {key}")
                self.listed.add(key)

    def index(self, key, **told):
        try:
            if key not in self.indexes:
                self.find("index-missing", key, "a digest names it")
            elif (content := self.content(key)) is not None:
                if told != {"bytes": len(content), "entries": content.count(b"\n"), "sha256": sha256(content)}:
                    raise Invalid("it is not what the digest says")
        except Invalid as why:
            self.find("index-altered", key, str(why))

    def sealed(self):
        """Step 4: listed segments."""
        for n, d in self.read.items():
            tallies = [self.segment(n, told) for told in d["segments"]]
            if None not in tallies and sum(tallies, Counter()) != Counter(d["counts"]):
                self.find("digest-wrong", self.key(n), "counts are not those of its segments")

    def wanted(self, key):
        start = self.segments[key][0]  # 0: its lines have no time
        return start == 0 or (self.since is None or start + HOUR > self.since) and (self.to is None or start < self.to)

    def segment(self, n, told):
        """The lines of a listed segment by kind; None if they are not known."""
        key = told["key"]
        if key not in self.segments:
            return self.find("segment-missing", key, f"digest {n} lists it")
        try:
            if not self.wanted(key) or (content := self.content(key)) is None:
                return None
            text = gunzip(content)
            if told["textSha256"] != sha256(text):
                raise Invalid("its text is not what the digest says")
        except Invalid as why:
            return self.find("segment-altered", key, str(why))
        if (told["bytes"], told["sha256"]) != (len(content), sha256(content)):
            self.find("segment-rewritten", key, "its text is right, its stored bytes are others")
        try:
            records = self.lines(key, text)
        except Invalid as why:
            return self.find("line-invalid", key, str(why))
        if len(records) != told["lines"]:
            self.find("digest-wrong", self.key(n), f"it says another number of lines than {key} has")
        return Counter(r.kind for r in records)

    def lines(self, key, text):
        """Takes the lines of a segment for step 6, and returns them if all are as they must be."""
        if not text.endswith(b"\n"):
            raise Invalid("its last line has no end")
        start, name = self.segments[key]
        records = []
        for i, content in enumerate(text[:-1].split(b"\n"), 1):
            try:
                records.append(read_line(content, key))
            except Invalid as why:
                raise Invalid(f"line {i}: {why}")
            if (records[-1].at or 0) // HOUR * HOUR != start:
                raise Invalid(f"line {i} is not of this hour")
        self.looked += 1
        self.records += records
        if any(a.version > b.version for a, b in zip(records, records[1:])):
            raise Invalid("its lines are not in the order of their versions")
        if name != (records[-1].label, records[0].seq, records[-1].seq, sha256(text)[:16]):
            raise Invalid("its name is not that of its lines")
        return records

    def leftovers(self):
        """Step 5: segments that no digest lists."""
        at, looked = (moment(self.last["at"]), self.last["looked"]) if self.last else (0, {"complete": True})
        since, late = (at - WINDOW) // HOUR * HOUR, {noted for day, noted in self.notes if day >= (at // DAY - 1) * DAY}
        if not looked["complete"]:  # the next digest looks from the same place
            since, late = hour(looked["from"]) if looked["from"] else 0, late | {*map(hour, looked["late"])}
        for key in sorted(set(self.segments) - self.listed):
            start, why = self.segments[key][0], "no digest lists it"
            try:
                if self.wanted(key) and (content := self.content(key)) is not None:
                    self.lines(key, gunzip(content))
            except Invalid as fault:
                why += f", and it is no segment: {fault}"
            self.find("segment-unsealed" if start >= since or start in late else "segment-unlisted", key, why)

    def judge(self):
        """Step 6: duplicates, chains, baselines."""
        by_id, items, raws = {}, {}, []
        for r in self.records:
            known = by_id.setdefault(r.id or r.identity, r)
            if known.identity != r.identity:
                self.find("duplicate-differs", max(known.place, r.place), f"another line has record {r.id} otherwise")
            elif known is r and r.kind == "raw":
                raws.append(r.version)
                self.find("raw", r.place, "what a raw line says of which item is not known")
            elif known is r:
                items.setdefault(r.keys, []).append(r)
        for lines in items.values():
            lines.sort(key=lambda r: r.version)
            changes = [r for r in lines if r.kind != "baseline"]
            for a, b in zip(changes, changes[1:]):
                if b.old != a.new:
                    explained = self.unread or any(not v or a.version < v < b.version for v in raws)
                    self.find("chain-unproven" if explained else "chain-broken", b.place, f"nothing leads to {b.version}")
            if not self.bounded:
                self.ends(changes, [r for r in lines if r.kind == "baseline"])

    def ends(self, changes, baselines):
        if changes and changes[0].old not in {None} | {b.new for b in baselines}:
            self.find("start-unproven", changes[0].place, f"what was before {changes[0].version} is not in the log")
        states = {r.new for r in changes} | {r.old for r in changes[:1]} or {r.new for r in baselines[:1]}
        for r in baselines:
            if r.new not in states:
                young = self.unread or r.at and self.last and r.at > moment(self.last["at"]) - WINDOW
                self.find("baseline-open" if young else "baseline-differs", r.place, "it is no state of its item")

    def end(self, anchors, now, fresh):
        """Step 7: anchors, freshness, what the last digest says."""
        for n, told in anchors:
            if n > self.highest or self.hashes.get(n, told) != told:
                self.find("anchor-differs", self.key(n), f"what was anchored is not here; the last is {self.highest}")
        if not self.last or self.bounded and not self.looked:
            self.find("nothing", self.prefix, "there is no digest, or no segment of the time asked for")
        if self.last and not -SKEW <= now - moment(self.last["at"]) <= fresh * SECOND:
            self.find("stale", self.key(self.last["number"]), f"the last digest is of {self.last['at']}")
        if self.last and self.last["unresolved"]["batches"]["count"]:
            self.find("batches", self.key(self.last["number"]), "batches that the mapping gave up are not resolved")


def report(log, as_json):  # returns the exit status
    kinds = {kind for kind, _ in log.findings}
    status = 1 if kinds - UNPROVEN else 3 if log.unread else 2 if kinds else 0
    found = [(kind, kind not in UNPROVEN, key, why) for (kind, key), why in log.findings.items()]
    told = {"log": log.log, "status": status, "digests": len(log.read), "segments": log.looked, "lines": len(log.records),
            "findings": [dict(zip(("class", "wrong", "object", "detail"), f)) for f in found]}
    texts = [f"{'WRONG' if wrong else 'not proven':10}  {kind:17}  {key}: {why}" for kind, wrong, key, why in found]
    texts += [f"could not look  {text}" for text in log.unread]
    texts.append("not looked at: versions and delete markers, which a copy has not; what came after the last digest"
                 + ("; lines of other hours, how items began, baselines" if log.bounded else ""))
    texts.append("log {log}: {digests} digests, {segments} segments, {lines} lines: status {status}".format(**told))
    for text in [json.dumps({**told, "unread": log.unread})] if as_json else texts:
        print("".join(c if c.isprintable() else "?" for c in text))
    return status

def when(text):
    return moment(text if "T" in text else text + "T00:00:00Z")

def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.error = lambda text: parser.exit(4, f"verify.py: {text} (--help says what goes)\n")
    add = parser.add_argument
    add("--dir", required=True, help="the folder with the bucket's objects under their keys")
    add("--log", help="<name>-<stage>; needed where the folder holds several")
    add("--key", required=True, action="append", help="file with the public key of digest 1, in PEM; may be repeated")
    add("--anchor", default=[], action="append", help="a line that was kept elsewhere; may be repeated")
    add("--from", dest="since", type=when, help="read only segments of hours from this time on (2026-11-21T14:00:00Z)")
    add("--to", type=when, help="read only segments of hours before this time")
    add("--fresh", default=1800, type=int, help="how many seconds old the last digest may be; 30 minutes, unless told")
    add("--at", type=when, help="when the copy was made; now, unless told")
    add("--json", action="store_true", help="print what was found as JSON")
    options = parser.parse_args(argv)
    if None not in (options.since, options.to) and options.since >= options.to:
        parser.error("--from is not before --to, so there is no time between them")
    try:
        logs = [options.log] if options.log else sorted(os.listdir(os.path.join(options.dir, "audit", "v1")))
    except OSError as error:
        parser.exit(3, f"verify.py: {error}: --dir is a copy of the bucket with its keys as paths\n")
    if len(logs) != 1:
        parser.error(f"{options.dir} holds {len(logs)} logs: say with --log which one ({', '.join(logs)})")
    options.log = logs[0]
    for i, name in enumerate(options.key):
        try:
            with open(name, "rb") as file:
                key = serialization.load_pem_public_key(file.read(MAX_OBJECT))
            spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            options.key[i] = public_key(spki) and sha256(spki)
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            parser.exit(3, f"verify.py: {name} is no public key in PEM (openssl pkey -pubout writes one): {error}\n")
    for i, line in enumerate(options.anchor):
        if not (match := ANCHOR.fullmatch(line.strip())) or match[1] != options.log:
            parser.error(f"this is no anchor of the log {options.log} (outflow-anchor-1 {options.log} ...): {line}")
        options.anchor[i] = int(match[2]), match[3]
    return options


def main(argv):
    options = arguments(argv)
    log = Log(options.dir, options.log, options.since, options.to)
    log.list()
    log.chain(set(options.key))
    log.contents()
    log.sealed()
    log.leftovers()
    log.judge()
    log.end(options.anchor, time.time_ns() if options.at is None else options.at, options.fresh)
    return report(log, options.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
