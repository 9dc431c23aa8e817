"""The shape in which channels write nearly all their events, taken by one regular expression: dates only, nothing that
repeats, nothing nested. It is what makes a reading cheap; it decides nothing: whatever it does not match, be it by one
space, is read line by line, to the same result (a test compares the two).
"""

import re

BEGIN = "BEGIN:VEVENT\n"

# Each property at most once: `(?(1)(?!)|…)` fails where the group has been matched before, and the first counts.
# A backslash needs unescaping. The other properties say nothing about nights.
match = re.compile(
    re.escape(BEGIN)
    + r"""(?:
    (?(1)(?!)|DTSTART(?:;VALUE=DATE)?:(\d{8})\n)
  | (?(2)(?!)|DTEND(?:;VALUE=DATE)?:(\d{8})\n)
  | (?(3)(?!)|UID:([^\s\\][^\n\\]*)\n)
  | (?(4)(?!)|SUMMARY:([^\n\\]*)\n)
  | (?(5)(?!)|SEQUENCE:(\d{1,9})\n)
  | (?(6)(?!)|LAST-MODIFIED:(\d{8}T\d{6}Z)\n)
  | (?(7)(?!)|DTSTAMP:(\d{8}T\d{6}Z)\n)
  | (?:DESCRIPTION|CREATED|LOCATION|ORGANIZER|CLASS|URL|X-[A-Z-]+)[:;][^\n]*\n
  | STATUS:(?:CONFIRMED|TENTATIVE)\n
  | TRANSP:OPAQUE\n
)++END:VEVENT\n""",
    re.VERBOSE | re.ASCII,
).match

Common = tuple[str | None, ...]
"""(first day, last day, UID, summary, sequence, last change, stamp): DTSTART and DTEND as `YYYYMMDD`."""
