#!/usr/bin/env python3
"""Checks what the trace ledger proves, with nothing but Python: a proof, a chain, the seals.

    python3 verify.py proof.json               an entry is under a published root
    python3 verify.py proof.json seal.json     … and under the very seal that you kept or were given
    python3 verify.py chain.jsonl              a whole chain, one entry a line, as `supplychain trace export`
    python3 verify.py seals.jsonl              all seals, one a line: each follows the one before

Says OK and ends with 0, or names the first thing that is wrong and ends with 1.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any


class Broken(Exception):
    """Something does not fit; the text says what."""


def digest(value: Any) -> str:
    """Return the SHA-256 of canonical JSON: keys sorted, no spaces, characters as they are."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def need(holds: object, words: str) -> None:
    """Say what is wrong unless it holds."""
    if not holds:
        raise Broken(words)


def check_entry(entry: dict[str, Any], before: str) -> None:
    """Check that an entry's link is over what it says and over the link before it."""
    where = "entry {} of {}".format(entry["position"], entry["party"])
    for part in ("document", "facts"):
        if part in entry:
            need(digest(entry[part]) == entry[part + "Digest"], where + ": its " + part + " was changed")
    if "document" in entry:
        need(entry["document"]["eventID"] == entry["eventID"], where + ": its event has another id")
    need(entry["before"] == before, where + ": it does not follow the entry before")
    said = [before, entry["position"], entry["eventID"], entry["documentDigest"], entry["factsDigest"]]
    need(digest(said) == entry["link"], where + ": its link is broken")


def check_seal(seal: dict[str, Any]) -> None:
    """Check that the hash of a seal is over what it says."""
    said = [seal[name] for name in ("before", "number", "sealedAt", "size", "root")]
    need(digest(said) == seal["hash"], "seal {}: its hash is broken".format(seal["number"]))


def check_proof(proof: dict[str, Any], kept: Any = None) -> None:
    """Check the way from an entry to the root of its seal (RFC 6962, section 2.1)."""
    entry, seal = proof["entry"], proof["seal"]
    check_entry(entry, entry["before"])
    check_seal(seal)
    found = sha256(b"\x00" + bytes.fromhex(entry["link"])).digest()
    for step in proof["path"]:
        beside = bytes.fromhex(step["hash"])
        found = sha256(b"\x01" + (beside + found if step["left"] else found + beside)).digest()
    need(found.hex() == seal["root"], "the entry is not under the root of its seal")
    if kept is not None:
        need(kept == seal, "seal {}: it is not the one that was published".format(seal["number"]))


def check_chain(lines: list[str]) -> dict[str, tuple[int, str]]:
    """Check every entry of one or more chains, each from its first on."""
    heads: dict[str, tuple[int, str]] = {}
    for line in lines:
        entry = json.loads(line)
        position, before = heads.get(entry["party"], (0, ""))
        place = "entry {} of {}".format(position + 1, entry["party"])
        need(entry["position"] == position + 1, place + ": it is missing")
        check_entry(entry, before)
        heads[entry["party"]] = (entry["position"], entry["link"])
    return heads


def check_seals(lines: list[str]) -> int:
    """Check that each seal follows the one before."""
    before, number = "", 0
    for line in lines:
        seal = json.loads(line)
        check_seal(seal)
        follows = seal["before"] == before and seal["number"] == number + 1
        need(follows, f"seal {number + 1}: it does not follow the seal before")
        before, number = seal["hash"], seal["number"]
    return number


def main(paths: list[str]) -> int:
    """Check a file by what it is."""
    if not 1 <= len(paths) <= 2:
        print(__doc__)
        return 2
    text = Path(paths[0]).read_text(encoding="utf-8")
    try:
        first = json.loads(text.splitlines()[0]) if paths[0].endswith(".jsonl") else json.loads(text)
        if "path" in first:
            kept = json.loads(Path(paths[1]).read_text(encoding="utf-8")) if len(paths) > 1 else None
            check_proof(first, kept)
            print("OK: under seal {} of {}".format(first["seal"]["number"], first["seal"]["sealedAt"]))
        elif "root" in first:
            print(f"OK: {check_seals(text.splitlines())} seals")
        else:
            for party, (length, link) in sorted(check_chain(text.splitlines()).items()):
                print(f"OK: {length} entries of {party}, ending in {link}")
    except Broken as error:
        print(f"BROKEN: {error}")
        return 1
    except (ValueError, KeyError, IndexError, TypeError):
        print("BROKEN: this is no proof, chain or list of seals")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
