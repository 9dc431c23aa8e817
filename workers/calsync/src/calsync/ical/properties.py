"""The properties of one entry, as its lines say them. Pure.

An entry is written in one hand. Where its DTSTART is written as nearly all calendars write it, in capitals and without
a space before the value, a line written otherwise (`Status: cancelled`) is one of its text, broken by a real line end:
it may add what is missing and would make more nights, if it looks like that, and nothing else.
"""

import re

from calsync.ical.models import Version

LISTED = frozenset({"RRULE", "EXRULE", "RDATE", "EXDATE", "FREEBUSY"})
ADDING = {
    "UID": re.compile(r"\s*\S"), "SUMMARY": re.compile(""), "DTEND": re.compile(r"\s*\d{8}", re.ASCII),
    "DURATION": re.compile(r"\s*\+?PT?\d", re.ASCII), "RRULE": re.compile("FREQ=", re.IGNORECASE),
    "RDATE": re.compile(r"\d{8}", re.ASCII),
}  # fmt: skip
WANTED = (
    LISTED | ADDING.keys() | {"DTSTART", "STATUS", "TRANSP", "RECURRENCE-ID", "SEQUENCE", "LAST-MODIFIED", "DTSTAMP"}
)  # fmt: skip
_ABSENT = frozenset({"CANCELLED", "CANCELED"})  # the second is wrong, written often, and can mean nothing else
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NUMBER = re.compile(r"^\d{1,9}$", re.ASCII)
_INSTANT = re.compile(r"^\d{8}T\d{6}Z$", re.ASCII)

Line = tuple[str, str]
"""(name with its parameters, value)."""


class Properties(dict[str, Line]):
    """Name → the first line with it, and in `listed` every line of the names that may come more than once.

    `kind` is the component, `called_off`: its calendar cancels what it lists (METHOD:CANCEL), `closed`: it has an end.
    """

    def __init__(self, kind: str = "VEVENT", *, called_off: bool = False) -> None:
        super().__init__()
        self.kind = kind
        self.called_off = called_off
        self.closed = True
        self.listed: list[tuple[str, Line]] = []
        self._loose: list[tuple[str, Line]] = []

    def note(self, name: str, head: str, value: str) -> None:
        """One more line. One without a value says nothing, but that the entry repeats, by a rule that is missing."""
        if name != "RRULE" and (not value or value.isspace()):
            return
        if head.startswith(name) and value[:1] not in (" ", "\t"):
            self._take(name, (head, value))
        else:
            self._loose.append((name, (head, value)))

    def finish(self, *, closed: bool) -> None:
        """There are no more lines."""
        self.closed = closed
        strict = "DTSTART" in self
        for name, line in self._loose:
            if not strict or (name in ADDING and ADDING[name].match(line[1])):
                self._take(name, line)

    def value(self, name: str) -> str:
        """The value of a property; empty where it is missing."""
        line = self.get(name)
        return line[1].strip() if line else ""

    def text(self, name: str) -> str:
        """The value of a TEXT property without its escapes."""
        return unescaped(self.value(name))

    def lines(self, name: str) -> list[Line]:
        """Every line of a name that may come more than once."""
        return [line for one, line in self.listed if one == name]

    @property
    def cancelled(self) -> bool:
        """Whether it says that it does not take place (RFC 5545, 3.8.1.11; RFC 5546, 3.2.5)."""
        return self.called_off or self.value("STATUS").upper() in _ABSENT

    @property
    def free(self) -> bool:
        """Whether it takes no time (RFC 5545, 3.8.2.7)."""
        return self.value("TRANSP").upper() == "TRANSPARENT"

    @property
    def sequence(self) -> int:
        """Which version of itself the entry is; 0 where it does not say so."""
        text = self.value("SEQUENCE")
        return int(text) if _NUMBER.match(text) else 0

    @property
    def version(self) -> Version:
        """The same with its instants."""
        changed, stamped = (self.value(name).upper() for name in ("LAST-MODIFIED", "DTSTAMP"))
        return version(self.sequence, *(one if _INSTANT.match(one) else "" for one in (changed, stamped)))

    def _take(self, name: str, line: Line) -> None:
        first = self.setdefault(name, line)
        if name in LISTED:
            self.listed.append((name, line))
        elif name in ("STATUS", "TRANSP") and first[1].strip().upper() != line[1].strip().upper():
            self[name] = (line[0], "")  # it says both: then it takes its nights


def version(sequence: int, changed: str, stamped: str) -> Version:
    """A version of an entry; see `Version`."""
    return sequence, "" if changed == stamped else changed, stamped


def unescaped(text: str) -> str:
    r"""Undo the escapes of TEXT: `\n`, `\,`, `\;`, `\\`."""
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text) if "\\" in text else text
