"""Merkle trees over the links of the ledger: one root for many, a short path for each; pure.

Hashes as in RFC 6962, section 2.1: a leaf is SHA-256(0x00 | link), a node SHA-256(0x01 | left | right), and
a tree is parted at the largest power of two that is smaller than its size. Whole subtrees of `BLOCK` leaves
are kept with a seal, so that a path needs the links of one block only.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

BLOCK = 1_024
"""Leaves of a kept subtree: a power of two."""

Step = tuple[str, bool]
"""A hash on the path, and whether it stands on the left."""


def leaf(link: str) -> bytes:
    """Return the hash of a leaf from a link in hexadecimal."""
    return sha256(b"\x00" + bytes.fromhex(link)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of leaves, or of whole blocks; there is at least one."""
    row = list(hashes)
    while len(row) > 1:
        paired = [node(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = paired + row[len(row) - len(row) % 2 :]
    return row[0]


def blocks(links: Sequence[str]) -> list[bytes]:
    """Return the roots of the subtrees of `BLOCK` leaves, the last of what is left."""
    return [
        root([leaf(link) for link in links[start : start + BLOCK]]) for start in range(0, len(links), BLOCK)
    ]


def path(hashes: Sequence[bytes], index: int) -> list[Step]:
    """Return what a hash is joined with, step by step, to come to the root over all of them."""
    row, found = list(hashes), []
    while len(row) > 1:
        beside = index ^ 1
        if beside < len(row):
            found.append((row[beside].hex(), beside < index))
        paired = [node(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row, index = paired + row[len(row) - len(row) % 2 :], index // 2
    return found


def fold(start: bytes, steps: Sequence[Step]) -> bytes:
    """Return the root that a path leads to."""
    for beside, is_left in steps:
        other = bytes.fromhex(beside)
        start = node(other, start) if is_left else node(start, other)
    return start
