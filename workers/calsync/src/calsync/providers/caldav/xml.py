"""Reads answers of CalDAV servers, which may be anybody's: no document types, so no entities, in any encoding."""

from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

FIRST = "{DAV:}response/{DAV:}propstat/{DAV:}prop/"
LONGEST_NAMESPACE = 255  # characters; each name is spelled out with its namespace, so a short answer could fill memory


class _Forbidden(Exception):
    """The answer defines a document type (https://www.rfc-editor.org/rfc/rfc4918#section-20.6), or a namespace whose
    name is longer than any that means something."""


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
    parser.StartNamespaceDeclHandler = _name_space
    parser.StartElementHandler = lambda name, attributes: tree.start(_qualified(name), {})
    parser.EndElementHandler = lambda name: tree.end(_qualified(name))
    parser.CharacterDataHandler = tree.data
    parser.Parse(body, True)
    return tree.close()


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name


def _forbid(*_: Any) -> None:
    raise _Forbidden


def _name_space(_: str | None, uri: str | None) -> None:
    if uri and len(uri) > LONGEST_NAMESPACE:
        raise _Forbidden
