"""Which headers each operation of the API's description takes and gives, found out from what it already says. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from api.edge.headers import IF_MATCH, KeyUse, failure, named

Operation = dict[str, Any]
MADE = {"201", "202"}
CHANGING = ("post", "put", "patch", "delete")


class Surroundings(NamedTuple):
    """What an operation must know of the others: the names of views with an ETag, and what is read one by one."""

    tagged: frozenset[str]
    readable: frozenset[str]


def surroundings(paths: Mapping[str, Mapping[str, Operation]], views: Mapping[str, type]) -> Surroundings:
    """A view has an ETag where some GET answers it with one, and so has what extends it or is a part of it."""
    reads = [(path, methods["get"]) for path, methods in paths.items() if "get" in methods]
    tagged = {name for _, one in reads if "304" in one["responses"] for name in views_of(one["responses"]["200"])}
    related = {
        name for name, view in views.items()
        if any(issubclass(view, views[one]) or issubclass(views[one], view) for one in tagged)
    }  # fmt: skip
    one_by_one = {resource_of(one) for path, one in reads if path.endswith("}")}
    return Surroundings(frozenset(related), frozenset(one_by_one))


def resource_of(operation: Operation) -> str:
    """`units.exports` of `units.exports.rotate`."""
    return str(operation["operationId"]).rpartition(".")[0]


def views_of(response: Mapping[str, Any]) -> Iterator[str]:
    """The names of the views of which the answer is one; none of a page of them."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            yield one["$ref"].rpartition("/")[2]


def declare(operation: Operation, method: str, key: KeyUse, can_try: bool, around: Surroundings) -> None:
    """Complete the parameters and the answers of an operation. `can_try`: with `dry_run` it changes nothing."""
    key = "ignored" if method not in CHANGING else key
    parameters = [_shared(one, operation, can_try) for one in operation.get("parameters", [])]
    if key != "ignored":
        parameters.append(_parameter("IdempotencyKey", is_needed=key == "needed" and not can_try))
    if "304" in operation["responses"]:
        parameters.append(_parameter("IfNoneMatch"))
    if parameters:
        operation["parameters"] = parameters
    for status, response in operation["responses"].items():
        if "$ref" in response:  # FastAPI adds a description, which differs between Python versions
            operation["responses"][status] = failure(status, is_keyed=key != "ignored")
        else:
            response["headers"] = named(*_headers(operation, status, key, around))


def _shared(parameter: dict[str, Any], operation: Operation, can_try: bool) -> dict[str, Any]:
    if parameter.get("name") != IF_MATCH:
        return parameter
    return _parameter("IfMatch", is_needed="428" in operation["responses"] and not can_try)


def _parameter(name: str, *, is_needed: bool = False) -> dict[str, Any]:
    return {"$ref": f"#/components/parameters/{name}{'Needed' if is_needed else ''}"}


def _headers(operation: Operation, status: str, key: KeyUse, around: Surroundings) -> Iterator[str]:
    response, responses = operation["responses"][status], operation["responses"]
    is_asked_again = "304" in responses and status in ("200", "304")
    if is_asked_again or (status in ("200", "201") and around.tagged & set(views_of(response))):
        yield "ETag"
    if status == "303" or (status in MADE and resource_of(operation) in around.readable):
        yield "Location"
    if key != "ignored":
        yield "Idempotency-Replayed"
