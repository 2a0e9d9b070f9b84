"""Zip-based formats are looked over before a parser unpacks them."""

from __future__ import annotations

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from index.errors import UnreadableDocument

MAX_UNPACKED = 500 * 1024**2
MAX_ENTRIES = 10_000
MAX_RATIO = 200  # of an entry above SMALL; XML text packs about 10 to 1
SMALL = 10 * 1024**2

_OLE = b"\xd0\xcf\x11\xe0"


def check_zip(data: bytes, member: str) -> None:
    """Refuses what is no sound zip, could be a bomb, or lacks `member`, which the format must have."""
    if data.startswith(_OLE):
        raise UnreadableDocument("an encrypted or pre-2007 Office file: save a copy in the new format, no password")
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnreadableDocument(f"not a whole Office file ({error}): fetch or export it again") from None
    if len(entries) > MAX_ENTRIES:
        raise UnreadableDocument(f"looks like a zip bomb: {len(entries):,} entries; export it again")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise UnreadableDocument("looks like a zip bomb: unpacks to more than 500 MB; split the document")
    for entry in entries:
        if entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise UnreadableDocument(f"looks like a zip bomb: {entry.filename[:80]}; export it again")
        if entry.flag_bits & 1:
            raise UnreadableDocument("encrypted: save a copy without password")
    if member not in {entry.filename for entry in entries}:
        raise UnreadableDocument(f"a zip without {member}: give the file its right suffix or export it again")
