"""Reads answers of CalDAV servers, which may be anybody's: no document types, so no entities, in any encoding."""

from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

FIRST = "{DAV:}response/{DAV:}propstat/{DAV:}prop/"


class _Forbidden(Exception):
    """The answer defines a document type. https://www.rfc-editor.org/rfc/rfc4918#section-20.6"""


def text_of(body: bytes, name: str) -> str | None:
    """The text of a property of the first resource of a multistatus, "" when it has none; None without it."""
    try:
        root = _parsed(body)
    except (_Forbidden, expat.ExpatError, LookupError, ValueError):  # the latter two for encodings that nobody knows
        return None
    found = root.find(FIRST + name)
    return None if found is None else (found.text or "")


def _parsed(body: bytes) -> ElementTree.Element:
    """The root. It is the parser that refuses a document type, whatever it is written in, before reading one."""
    tree = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _forbid
    parser.StartElementHandler = lambda name, attributes: tree.start(_qualified(name), {})
    parser.EndElementHandler = lambda name: tree.end(_qualified(name))
    parser.CharacterDataHandler = tree.data
    parser.Parse(body, True)
    return tree.close()


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name


def _forbid(*_: Any) -> None:
    raise _Forbidden
