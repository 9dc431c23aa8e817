"""Text that was made from bytes in the wrong way, put right where that is certain. Pure.

The file comes as text, so whoever read it has decoded it. Excel's "Unicode text" is UTF-16, its "CSV UTF-8" has a mark;
a reader that takes both for Windows-1252 hands on the mark as letters that no file begins with.
"""

from api.inventory.imports.errors import wrong_encoding

LOST = "\ufffd"  # what a decoder writes for bytes that it does not understand
_MARKS = {"\xff\xfe": "utf-16-le", "\xfe\xff": "utf-16-be", "\xef\xbb\xbf": "utf-8"}


def readable(text: str) -> str:
    """The text of the file, without the mark that it may begin with.

    Raises Unprocessable for UTF-16 that was read as something else and has no mark, or is not whole.
    """
    for mark, encoding in _MARKS.items():
        if text.startswith(mark):
            try:
                text = b"".join(_byte(char) for char in text.removeprefix(mark)).decode(encoding)
            except UnicodeError:
                raise wrong_encoding() from None
    if "\0" in text:
        raise wrong_encoding()
    return text.lstrip("\ufeff")


def _byte(char: str) -> bytes:
    """The byte that was read as this character: Windows-1252 has five gaps, which are read as Latin-1."""
    return char.encode("latin-1") if ord(char) < 0x100 else char.encode("cp1252")
