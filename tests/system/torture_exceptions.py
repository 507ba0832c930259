"""The list of what may fail through smbwarden on principle: torture.exceptions."""

import dataclasses
import fnmatch

from fixture import DIALECTS, HERE

EXCEPTIONS = HERE / "torture.exceptions"
PAGE = HERE.parents[1] / "docs" / "conformance.md"
HEAD = "| Tests | Dialects | Why |\n|---|---|---|\n"  # of the table in PAGE, which ends with a blank line


@dataclasses.dataclass
class Entry:
    pattern: str
    dialects: tuple
    reason: str
    used: bool = False  # explains a test of this run


class Exceptions:
    def __init__(self):
        self.entries = [self._entry(number, line) for number, line in
                        enumerate(EXCEPTIONS.read_text().splitlines(), 1) if line and not line.startswith("#")]

    @staticmethod
    def _entry(number, line):
        words = line.split(None, 2)
        if len(words) != 3:
            raise SystemExit(f"{EXCEPTIONS.name}:{number}: wants a test, dialects and a reason")
        dialects = tuple(DIALECTS) if words[1] == "all" else tuple(words[1].split(","))
        if not set(dialects) <= set(DIALECTS):
            raise SystemExit(f"{EXCEPTIONS.name}:{number}: no such dialect")
        return Entry(words[0], dialects, words[2])

    def reason(self, test, dialect):
        """Why TEST may fail at DIALECT; empty if it may not."""
        for entry in self.entries:
            if dialect in entry.dialects and fnmatch.fnmatchcase(test, entry.pattern):
                entry.used = True
                return entry.reason
        return ""

    def idle(self, dialects, every):
        """Entries that have explained nothing, though all of EVERY dialect that they speak of is in DIALECTS."""
        return [entry for entry in self.entries
                if not entry.used and set(entry.dialects) & set(every) <= set(dialects)]


def page_with_exceptions():
    """PAGE with its table as it has to be."""
    before, head, rest = PAGE.read_text().partition(HEAD)
    if not head:
        raise SystemExit(f"{PAGE}: has no table of exceptions")
    rows = "".join(f"| `{entry.pattern}` | {words(entry.dialects)} | {entry.reason} |\n"
                   for entry in Exceptions().entries)
    return before + head + rows + "\n" + rest.partition("\n\n")[2]


def words(dialects):
    return "all" if dialects == tuple(DIALECTS) else ", ".join(dialects)


def write_page():
    PAGE.write_text(page_with_exceptions())


def page_is_fresh():
    return PAGE.read_text() == page_with_exceptions()
