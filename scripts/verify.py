#!/usr/bin/env python3
"""Checks a copied audit log offline: a second opinion, written from docs/audit-format.md alone.

    python3 scripts/verify.py --dir COPY --key PUBLIC.pem [--anchor LINE]... [--fresh SECONDS] [--json]

COPY is a folder with the bucket's objects under their keys (audit/v1/<log>/...). It needs Python 3.10 or later and the
package cryptography. Exit status: 0 fine, 1 something is wrong, 2 something is not proven, 3 could not look, 4 usage.
"""

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import stat
import sys
import zlib
from datetime import datetime, timedelta, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

MAX_OBJECT = 32 << 20
MAX_TEXT = 256 << 20
UNPROVEN = {
    "nothing", "unsigned-tail", "stale", "segment-unsealed", "chain-unproven", "start-unproven", "baseline-open", "raw", "batches",
}
NUMBER = r"[0-9]{10}"
SEGMENT = re.compile(
    r"dt=(\d{4}-\d\d-\d\d)/hour=(\d\d)/(.+)-([0-9]{1,40}|unknown)-([0-9]{1,40}|unknown)-([0-9a-f]{16})\.ndjson\.gz")
DIGEST = re.compile(rf"digests/([0-9]{{8}})/({NUMBER})\.json")
SIGNATURE = re.compile(rf"digests/([0-9]{{8}})/({NUMBER})\.signature\.json")
INDEX = re.compile(rf"keys/([0-9]{{8}})/({NUMBER})-([0-9a-f]{{16}})\.txt")
INDEX_LINE = re.compile(rb"([0-9a-f]{16}) (?:0|[1-9][0-9]*)(?:,(?:0|[1-9][0-9]*))*")
NOTE = re.compile(r"late/dt=(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\dT\d\d)")
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{0,8}[1-9]))?Z")

LINE = {"at", "cause", "id", "keys", "new", "newHash", "old", "oldHash", "op", "seq", "stream", "v", "view"}
IDENTITY = ("stream", "seq", "id", "op", "at", "cause", "keys", "oldHash", "newHash", "raw", "rawBase64")
DIGEST_MEMBERS = {
    "at", "counts", "faults", "keyIndex", "lines", "log", "looked", "nextKey", "number", "previous", "root", "segments",
    "signedBy", "unresolved", "v",
}
SIGNATURE_MEMBERS = {"algorithm", "keyId", "log", "number", "sha256", "signature", "spki", "v"}
COUNTS = ("baseline", "insert", "modify", "raw", "remove")


class Invalid(Exception):
    """What is read is not of the format; the text says why."""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def members(pairs):
    """An object's members, none of them twice, in the order of RFC 8785."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Invalid("a name is there twice")
    return {name: found[name] for name in sorted(found, key=lambda s: s.encode("utf-16-be", "surrogatepass"))}


def no_number(text):
    raise Invalid(f"the number {text[:20]} is no integer")


def canonical(value):
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise Invalid("half of a surrogate pair")


def parse(content):
    """The value of a text, which must be canonical JSON."""
    try:
        value = json.loads(content.decode(), object_pairs_hook=members, parse_float=no_number, parse_constant=no_number)
        if canonical(value) != content:
            raise Invalid("it is not canonical JSON")
    except (ValueError, RecursionError) as error:
        raise Invalid(f"it is not JSON: {type(error).__name__}")
    return value


def obj(content, names, what):
    value = parse(content)
    if not isinstance(value, dict) or set(value) != set(names):
        raise Invalid(f"it has not exactly the members of {what}")
    return value


def moment(text):
    """A time as a pair that compares; the format's times have up to nine digits of the second."""
    match = TIME.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise Invalid("a time is not RFC 3339 in UTC")
    try:
        return datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc), (match[2] or "").ljust(9, "0")
    except ValueError:
        raise Invalid("a time is no time of the calendar")


def gunzip(content):
    """The text of one gzip stream with nothing behind it, never more than the format allows."""
    if len(content) > MAX_OBJECT:
        raise Invalid("it has more than 32 MiB")
    reader = zlib.decompressobj(31)
    try:
        text = reader.decompress(content, MAX_TEXT + 1)
    except zlib.error:
        raise Invalid("it is not gzip")
    if len(text) > MAX_TEXT:
        raise Invalid("its text has more than 256 MiB")
    if not reader.eof or reader.unused_data or reader.unconsumed_tail:
        raise Invalid("it is not one whole gzip stream")
    return text


def lines_of(text):
    if not text.endswith(b"\n"):
        raise Invalid("its last line has no end")
    return text[:-1].split(b"\n")


def merkle(leaves):
    """RFC 6962, section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


def read_key(spki):
    """A P-256 key from its SubjectPublicKeyInfo in DER, and its id."""
    key = serialization.load_der_public_key(spki)
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise ValueError("it is no P-256 key")
    return sha256(spki), key


def decode64(text):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Invalid("it is not base64")


def label_of(stream):
    return stream.rsplit("/", 1)[-1] if isinstance(stream, str) and stream else "unknown"


def version(line):
    """The line's place among all; the empty string where it has none."""
    if line["stream"] is None or not isinstance(line["seq"], str) or not re.fullmatch(r"[0-9]{1,40}", line["seq"]):
        return ""
    return f'{label_of(line["stream"])}/{line["seq"].zfill(40)}'


def is_raw(line):
    return "raw" in line or "rawBase64" in line


def read_line(content):
    line = parse(content)
    if not isinstance(line, dict):
        raise Invalid("a line is no object")
    extra = set(line) - LINE
    if not LINE <= set(line) or extra not in (set(), {"reason", "raw"}, {"reason", "rawBase64"}):
        raise Invalid("a line has not exactly the members of the format")
    if line["v"] != 1 or isinstance(line["v"], bool):
        raise Invalid("a line's version is not 1")
    for image in "old", "new":
        want = None if line[image] is None else sha256(canonical(line[image]))
        if line[image + "Hash"] != want:
            raise Invalid(f"{image}Hash is not that of the image")
    if line["at"] is not None:
        moment(line["at"])
    if not extra and line["op"] not in ("insert", "modify", "remove", "baseline"):
        raise Invalid("a line has an unknown op")
    return line


class Log:
    """A log in a folder, and what is found wrong with it."""

    def __init__(self, root, log):
        self.root, self.prefix = root, f"audit/v1/{log}/"
        self.log = log
        self.findings, self.blind = [], []
        self.segments, self.digests, self.signatures, self.indexes, self.notes = {}, {}, {}, {}, set()
        self.listed = {}  # segment key -> (digest number, element)
        self.faulty = set()
        self.lines = []  # (line, segment key)
        self.last = None  # the last digest that could be read

    def find(self, kind, key, why):
        self.findings.append({"class": kind, "object": key, "why": why})

    # 1. List.

    def list(self):
        top = os.path.join(self.root, *self.prefix.strip("/").split("/"))
        for folder, folders, files in os.walk(top, onerror=lambda e: self.blind.append(str(e))):
            for name in sorted(folders + files):
                path = os.path.join(folder, name)
                key = self.prefix + os.path.relpath(path, top).replace(os.sep, "/")
                mode = os.lstat(path).st_mode
                if stat.S_ISDIR(mode):
                    continue
                self.place(key, key[len(self.prefix):]) if stat.S_ISREG(mode) else self.find("stray", key, "it is no file")

    def place(self, key, name):
        if match := SEGMENT.fullmatch(name):
            self.segments[key] = match
        elif match := DIGEST.fullmatch(name) or SIGNATURE.fullmatch(name):
            if match[2][:8] != match[1] or int(match[2]) == 0:
                return self.find("stray", key, "its folder is not that of its number")
            (self.digests if match.re is DIGEST else self.signatures)[int(match[2])] = key
        elif (match := INDEX.fullmatch(name)) and match[2][:8] == match[1]:
            self.indexes[key] = match
        elif match := NOTE.fullmatch(name):
            self.notes.add((match[1], match[2]))
        else:
            self.find("stray", key, "no object of the format has this name")

    def read(self, key):
        path = os.path.join(self.root, *key.split("/"))
        try:
            if os.path.getsize(path) > MAX_OBJECT:
                raise Invalid("it has more than 32 MiB")
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            self.blind.append(f"{key}: {error.strerror}")
            return None

    # 2. The digests' chain.

    def chain(self, trusted):
        """Checks the chain; trusted are public keys by id. Returns the digests that could be read, by number."""
        highest = max([*self.digests, *self.signatures], default=0)
        stored, read = {}, {}
        for n in range(1, highest + 1):
            key = f"{self.prefix}digests/{n:010d}"[:-2] + f"/{n:010d}.json"
            if n not in self.digests:
                self.find("digest-missing", key, "its neighbours or its signature are there")
                continue
            try:
                content = self.read(key)
                if content is None:
                    continue
                stored[n] = content
                read[n] = self.digest(n, content)
            except Invalid as why:
                self.find("digest-altered", key, str(why))
        self.links(highest, stored, read)
        self.signed(highest, stored, read, trusted)
        self.last = read.get(highest)
        return read

    def digest(self, n, content):
        d = obj(content, DIGEST_MEMBERS, "a digest")
        if (d["v"], d["log"], d["number"]) != (1, self.log, n) or isinstance(d["v"], bool):
            raise Invalid("it is not of this log, number and version")
        moment(d["at"])
        shape(d)
        return d

    def links(self, highest, stored, read):
        for n in range(1, highest + 1):
            d, before = read.get(n), read.get(n - 1)
            if d is None:
                continue
            if (d["previous"] is None) != (n == 1) or d["previous"] and d["previous"]["number"] != n - 1:
                self.find("digest-altered", self.digests[n], "previous is not the digest before it")
                continue
            if n - 1 in stored and d["previous"]["sha256"] != sha256(stored[n - 1]):
                self.find("digest-altered", self.digests[n - 1], f"digest {n} says that it had other bytes")
            if before and moment(d["at"]) < moment(before["at"]):
                self.find("digest-altered", self.digests[n], "its time is before that of the one before it")

    def signed(self, highest, stored, read, trusted):
        force = None  # id of the key that must sign
        for n in range(1, highest + 1):
            d = read.get(n)
            if n not in stored:
                force = None
                continue
            if d and force and d["signedBy"] != force:
                self.find("key-unannounced", self.digests[n], "signedBy is neither the key before nor one that it announced")
            if d and not force and n > 1 and n - 1 not in stored:
                force = d["signedBy"]  # what announced it is not there, which has been said
            self.signature(n, highest, stored[n], d, read.get(n + 1), trusted)
            if not d:
                force = None
                continue
            force = d["signedBy"]
            if d["nextKey"]:
                force = d["nextKey"]["id"]
                try:
                    spki = decode64(d["nextKey"]["spki"])
                    found, key = read_key(spki)
                    if found != force:
                        raise ValueError("its id is another")
                    if d["signedBy"] in trusted:
                        trusted[found] = key
                except (Invalid, ValueError) as why:
                    self.find("digest-wrong", self.digests[n], f"the next key: {why}")

    def signature(self, n, highest, content, d, after, trusted):
        key = f"{self.prefix}digests/{n:010d}"[:-2] + f"/{n:010d}.signature.json"
        if n not in self.signatures:
            kind = "unsigned-tail" if n == highest else "signature-missing"
            return self.find(kind, key if kind == "signature-missing" else self.digests[n], "the digest has no signature")
        try:
            stored = self.read(key)
            if stored is None:
                return None
            s = obj(stored, SIGNATURE_MEMBERS, "a signature")
            told = (s["v"], s["algorithm"], s["log"], s["number"], s["sha256"])
            if told != (1, "ECDSA_P256_SHA256", self.log, n, sha256(content)):
                raise Invalid("it is of something else")
            if d and s["keyId"] != d["signedBy"]:
                raise Invalid("it is by another key than the digest names")
            if sha256(decode64(s["spki"])) != s["keyId"]:
                raise Invalid("its public key has another id")
            if s["keyId"] not in trusted:
                raise Invalid("it is by a key that is neither given nor announced")
            trusted[s["keyId"]].verify(decode64(s["signature"]), content, ec.ECDSA(hashes.SHA256()))
            if after and after["previous"] and after["previous"]["signature"] != s["signature"]:
                raise Invalid("the next digest holds another")
        except (Invalid, InvalidSignature) as why:
            self.find("signature-wrong", key, str(why) or "it does not verify")
        return None

    # 3. Each digest by itself, and what it lists.

    def contents(self, read):
        for n, d in read.items():
            key = self.digests[n]
            names = [s["key"] for s in d["segments"]]
            if names != sorted(names, key=str.encode) or len(set(names)) != len(names):
                self.find("digest-wrong", key, "its segments are not sorted")
            if d["root"] != merkle([canonical(s) for s in d["segments"]]).hex():
                self.find("digest-wrong", key, "the root is not that of its segments")
            if not d["lines"] == sum(d["counts"].values()) == sum(s["lines"] for s in d["segments"]):
                self.find("digest-wrong", key, "lines, counts and segments do not agree")
            if (d["keyIndex"] is None) != (not names):
                self.find("digest-wrong", key, "it has a key index exactly if it has segments")
            elif names:
                self.index(d["keyIndex"])
            for fault in d["faults"]:
                self.faulty.add(fault["key"])
                self.find("fault", fault["key"], fault["reason"])
            for segment in d["segments"]:
                if segment["key"] in self.listed:
                    self.find("digest-wrong", key, f'digest {self.listed[segment["key"]][0]} lists {segment["key"]} too')
                self.listed.setdefault(segment["key"], (n, segment))

    def index(self, told):
        key = told["key"]
        if key not in self.indexes:
            return self.find("index-missing", key, "a digest names it")
        try:
            content = self.read(key)
            if content is None:
                return None
            entries = [INDEX_LINE.fullmatch(line) for line in lines_of(content)]
            if (told["bytes"], told["sha256"], told["entries"]) != (len(content), sha256(content), len(entries)):
                raise Invalid("it is not what the digest says")
            if None in entries:
                raise Invalid("a line is not of the form of an index's")
            if [e[1] for e in entries] != sorted({e[1] for e in entries}):
                raise Invalid("it is not sorted")
        except Invalid as why:
            self.find("index-altered", key, str(why))
        return None

    # 4 and 5. Segments, listed or not.

    def texts(self, read):
        counted = {n: dict.fromkeys(COUNTS, 0) for n in read}
        for key in sorted(set(self.segments) | set(self.listed)):
            n, told = self.listed.get(key, (None, None))
            if key not in self.segments:
                self.find("segment-missing", key, f"digest {n} lists it")
                counted.pop(n, None)
                continue
            if told is None and key not in self.faulty:
                self.unlisted(key)
            try:
                lines = self.segment(key, told)
            except Invalid as why:
                if told:
                    self.find("segment-altered", key, str(why))
                lines = None
            if lines is None:
                counted.pop(n, None)
                continue
            self.lines += [(line, key) for line in lines]
            for line in lines if n in counted else ():
                counted[n]["raw" if is_raw(line) else line["op"]] += 1
        for n, counts in counted.items():
            if counts != read[n]["counts"]:
                self.find("digest-wrong", self.digests[n], "counts are not those of its segments")

    def segment(self, key, told):
        """The lines of a segment, None if it has wrong ones, which has been said then."""
        content = self.read(key)
        if content is None:
            return None
        text = gunzip(content)
        if told and told["textSha256"] != sha256(text):
            raise Invalid("its text is not what the digest says")
        if told and (told["bytes"], told["sha256"]) != (len(content), sha256(content)):
            self.find("segment-rewritten", key, "its text is right, and its stored bytes are others")
        try:
            lines = [read_line(line) for line in lines_of(text)]
            self.named(key, text, lines)
            if told and told["lines"] != len(lines):
                raise Invalid("it has another number of lines than the digest says")
        except Invalid as why:
            if told:
                self.find("line-invalid", key, str(why))
            return None
        return lines

    def named(self, key, text, lines):
        """Whether lines are in order and in their hour, and the name is theirs."""
        date, hour, label, first, last, hash16 = self.segments[key].groups()
        versions = [version(line) for line in lines]
        if versions != sorted(versions):
            raise Invalid("its lines are not in order")
        for line in lines:
            if (line["at"] or "1970-01-01T00")[:13] != f"{date}T{hour}":
                raise Invalid("a line is not of this hour")
        told = (label_of(lines[-1]["stream"]), lines[0]["seq"] or "unknown", lines[-1]["seq"] or "unknown", sha256(text)[:16])
        if told != (label, first, last, hash16):
            raise Invalid("its name is not that of its lines")

    def unlisted(self, key):
        if self.last is None:
            return self.find("segment-unsealed", key, "no digest can be read that might list it")
        date, hour = self.segments[key][1], self.segments[key][2]
        at = moment(self.last["at"])[0]
        since = (at - timedelta(days=1)).strftime("%Y-%m-%d")
        noted = any(day >= since and late == f"{date}T{hour}" for day, late in self.notes)
        if f"{date}T{hour}" >= (at - timedelta(hours=26)).strftime("%Y-%m-%dT%H") or noted:
            return self.find("segment-unsealed", key, "the next digest may list it")
        return self.find("segment-unlisted", key, "no digest lists it, and none will look there")

    # 6. Duplicates, chains, baselines.

    def records(self):
        by_id, once, items, raws = {}, set(), {}, []
        for line, key in self.lines:
            identity = canonical([line.get(name) for name in IDENTITY])
            if line["id"] is not None and by_id.setdefault(line["id"], identity) != identity:
                self.find("duplicate-differs", key, f'lines of the record {line["id"]} differ in identity')
            if is_raw(line):
                raws.append(version(line))
                self.find("raw", key, "a line is raw: what it says of which item is not known")
            elif identity not in once:
                items.setdefault(canonical(line["keys"]), []).append((line, key))
            once.add(identity)
        for lines in items.values():
            self.item(sorted(lines, key=lambda pair: version(pair[0])), raws)

    def item(self, lines, raws):
        changes = [pair for pair in lines if pair[0]["op"] != "baseline"]
        baselines = [pair for pair in lines if pair[0]["op"] == "baseline"]
        for (a, _), (b, key) in zip(changes, changes[1:]):
            if b["oldHash"] == a["newHash"]:
                continue
            explained = any(not v or version(a) < v < version(b) for v in raws)
            self.find("chain-unproven" if explained else "chain-broken", key, f'something is missing before {b["seq"]}')
        states = {line["newHash"] for line, _ in changes}
        if changes:
            states.add(changes[0][0]["oldHash"])
            first, key = changes[0]
            if first["op"] != "insert" and first["oldHash"] not in {line["newHash"] for line, _ in baselines}:
                self.find("start-unproven", key, f'what was before {first["seq"]} is not in the log')
        for line, key in baselines if changes else ():
            if line["newHash"] not in states:
                young = self.last and moment(line["at"])[0] > moment(self.last["at"])[0] - timedelta(hours=26)
                self.find("baseline-open" if young else "baseline-differs", key, "a baseline is no state of its item")

    # 7. Freshness, anchors, and what the last digest says.

    def end(self, read, anchors, fresh, now):
        if not self.digests:
            self.find("nothing", self.prefix, "there is no digest: nothing was checked")
        if self.last and moment(self.last["at"])[0] < now - timedelta(seconds=fresh):
            self.find("stale", self.digests[max(self.digests)], f'the last digest is of {self.last["at"]}')
        if self.last and self.last["unresolved"]["batches"]["count"]:
            self.find("batches", self.digests[max(self.digests)], "batches that the mapping gave up are not resolved")
        for number, digest_hash in anchors:
            key = self.digests.get(number)
            content = self.read(key) if key else b""
            if content is not None and sha256(content) != digest_hash:
                self.find("anchor-differs", key or f"{self.prefix}digests/{number:010d}"[:-2] + f"/{number:010d}.json",
                          "it is not the digest that was anchored" if key else "the log ends before it")

    def status(self):
        kinds = {finding["class"] for finding in self.findings}
        if kinds - UNPROVEN:
            return 1
        return 3 if self.blind else 2 if kinds else 0


def shape(d):
    """Refuses a digest whose members are not of the format's types, so that what follows can rely on them."""
    try:
        well = all(isinstance(d[name], list) for name in ("faults", "segments")) and set(d["counts"]) == set(COUNTS)
        for segment in d["segments"]:
            well = well and set(segment) == {"bytes", "key", "lines", "sha256", "textSha256"} and isinstance(segment["key"], str)
            well = well and isinstance(segment["lines"], int)
        for fault in d["faults"]:
            well = well and isinstance(fault["key"], str)
        well = well and all(isinstance(n, int) for n in [*d["counts"].values(), d["lines"], d["unresolved"]["batches"]["count"]])
        well = well and (d["previous"] is None or set(d["previous"]) == {"number", "sha256", "signature"})
        well = well and (d["nextKey"] is None or set(d["nextKey"]) == {"id", "spki"})
        well = well and (d["keyIndex"] is None or set(d["keyIndex"]) == {"bytes", "entries", "key", "sha256"})
    except (TypeError, KeyError):
        well = False
    if not well:
        raise Invalid("a member is not of its type")


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.error = lambda text: (parser.print_usage(sys.stderr), print("verify.py:", text, file=sys.stderr), sys.exit(4))
    parser.add_argument("--dir", required=True, help="the folder with the bucket's objects under their keys")
    parser.add_argument("--log", help="<name>-<stage>; needed where the folder holds several logs")
    parser.add_argument("--key", required=True, action="append", help="a public key in PEM: that of digest 1; may be repeated")
    parser.add_argument("--anchor", default=[], action="append", help="a line that was kept elsewhere; may be repeated")
    parser.add_argument("--fresh", type=int, default=3600, help="seconds that the last digest may be old")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    logs = os.path.join(options.dir, "audit", "v1")
    found = sorted(os.listdir(logs)) if os.path.isdir(logs) else []
    if not options.log and len(found) > 1:
        parser.error(f"the folder holds several logs: say which with --log ({', '.join(found)})")
    options.log = options.log or (found[0] if found else None)
    options.anchors = []
    for line in options.anchor:
        match = re.fullmatch(r"outflow-anchor-1 (\S+) ([1-9]\d{0,9}) \S+ ([0-9a-f]{64}) [0-9a-f]{64}", line.strip())
        if not match or options.log and match[1] != options.log:
            parser.error(f"this is no anchor of the log {options.log}: {line}")
        options.anchors.append((int(match[2]), match[3]))
    return options


def main(argv):
    options = arguments(argv)
    trusted = {}
    for name in options.key:
        try:
            with open(name, "rb") as file:
                key = serialization.load_pem_public_key(file.read())
            spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            trusted.update([read_key(spki)])
        except (OSError, ValueError) as error:
            print(f"verify.py: the key {name} cannot be read: {error}", file=sys.stderr)
            return 3
    if not os.path.isdir(options.dir):
        print(f"verify.py: {options.dir} is no folder", file=sys.stderr)
        return 3
    log = Log(options.dir, options.log or "?")
    log.list()
    read = log.chain(trusted)
    log.contents(read)
    log.texts(read)
    log.records()
    log.end(read, options.anchors, options.fresh, datetime.now(timezone.utc))
    report(log, read, options.json)
    return log.status()


def report(log, read, as_json):
    totals = {"log": log.log, "digests": len(read), "segments": len(log.listed), "lines": len(log.lines), "status": log.status()}
    if as_json:
        print(json.dumps({**totals, "findings": log.findings, "blind": log.blind}, indent=1))
        return
    for finding in log.findings:
        proven = "not proven" if finding["class"] in UNPROVEN else "WRONG"
        print(f'{proven:10}  {finding["class"]:18}  {finding["object"]}\n            {finding["why"]}')
    for text in log.blind:
        print(f"could not look: {text}")
    print(f'{log.log}: {totals["digests"]} digests, {totals["segments"]} sealed segments, {totals["lines"]} lines: exit {totals["status"]}')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
