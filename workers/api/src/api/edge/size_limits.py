"""What is refused before any work: pure rules about headers and the shape of a body."""

import re

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"  # the SDK cannot name others
LARGEST_BODY = 256 * 1024  # bytes
LARGEST_IMPORT = 1024 * 1024  # bytes of a body that brings a file
IMPORTS = "/v1/imports/"
LONGEST_URL = 8 * 1024  # bytes
MOST_HEADERS = 100
LARGEST_HEADERS = 32 * 1024  # bytes, of all together
DEEPEST = 32  # nested objects and lists
Refusal = tuple[int, str, str]

# A string that never ends matches to the end, so that no quote is tried twice: a hostile body costs linear time.
_STRING = re.compile(rb'"(?>[^"\\]+|\\.)*(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKET = re.compile(rb"[^\[\]{}]+")


def refused_by_size(url: str, headers: str) -> Refusal | None:
    """The same for an address that is too long and for headers (one in each line) that are too many."""
    if len(url) > LONGEST_URL:
        return 414, "url_too_long", f"An address has at most {LONGEST_URL // 1024} KiB."
    if len(headers) > LARGEST_HEADERS or headers.count("\n") >= MOST_HEADERS:
        most = f"at most {MOST_HEADERS} headers and {LARGEST_HEADERS // 1024} KiB of them"
        return 431, "headers_too_large", f"A request has {most}."
    return None


def refused_by_headers(
    method: str, path: str, content_length: str | None, content_type: str | None, has_body: bool
) -> Refusal | None:
    """Status, code and detail for a request whose body must not be read; None when it may."""
    largest = LARGEST_IMPORT if path.startswith(IMPORTS) else LARGEST_BODY
    if method not in METHODS.split(", "):
        return 405, "method_not_allowed", f"Use one of {METHODS}."
    if not has_body:
        return None
    if content_length is None or not content_length.isdigit():
        return 411, "length_required", "Send a Content-Length."
    if int(content_length) > largest:
        return 413, "body_too_large", f"A request body has at most {largest // 1024} KiB here."
    if int(content_length) and (content_type or "").split(";")[0].strip().lower() != "application/json":
        return 415, "unsupported_content_type", "Send Content-Type: application/json."
    return None


def is_text(body: bytes) -> bool:
    """Whether the body is UTF-8, as JSON is (RFC 8259, 8.1): a parser that guesses UTF-16 sees other brackets."""
    if b"\0" in body:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_too_deep(body: bytes) -> bool:
    """Whether parsing would recurse too far: that overflows the stack of the whole Worker, not of one request."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for bracket in _NO_BRACKET.sub(b"", _STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False
