"""Outputs of a notebook: made here, or taken from a box after a look at every part of them."""

import math
import re
from typing import Any

from nbformat import NotebookNode

Output = NotebookNode

_MAX_OUTPUTS = 1000
_MAX_DEPTH = 16
# Errors are shown in full beside a full measure of other output.
_FOR_ERRORS = 500_000
_MIME = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,80}")


def stream(text: str) -> Output:
    """Text that was printed."""
    return NotebookNode(output_type="stream", name="stdout", text=text)


def display(text: str, as_html: str) -> Output:
    """Something displayed, as text and as HTML."""
    data = NotebookNode({"text/plain": text, "text/html": as_html})
    return NotebookNode(output_type="display_data", data=data, metadata=NotebookNode())


def error_output(name: str, value: str, traceback: list[str]) -> Output:
    """An error."""
    return NotebookNode(output_type="error", ename=name, evalue=value, traceback=traceback)


def add(outputs: list[Output], output: Output) -> None:
    """Add an output; text goes to the text before it."""
    last = outputs[-1] if outputs else None
    if last is not None and output.get("name") and last.get("name") == output.name:
        outputs[-1] = NotebookNode(last, text=last.text + output.text)
    else:
        outputs.append(output)


class Sieve:
    """Takes outputs from a box, up to a measure.

    Args:
        limit: how many letters.
        in_tests: whether they go to a tests cell. There nbgrader reads points out of results, and
            takes them away for errors and for anything on standard error.
    """

    def __init__(self, limit: int, in_tests: bool = False) -> None:
        self._room = limit
        self._error_room = _FOR_ERRORS
        self._left = _MAX_OUTPUTS
        self._in_tests = in_tests

    def take(self, given: Any, count: int | None = None) -> list[Output]:
        """The outputs that are well formed and still fit.

        Args:
            given: what the box has sent.
            count: the execution count of the cell.
        """
        if type(given) is not list:
            return []
        found = []
        for output in given[: self._left]:
            taken = self._one(output, count) if type(output) is dict else None
            if taken is not None:
                found.append(taken)
        self._left -= len(found)
        return found

    def _one(self, output: dict[Any, Any], count: int | None) -> Output | None:
        kind = _text(output.get("output_type"))
        if kind == "stream":
            is_error = _text(output.get("name")) == "stderr" and not self._in_tests
            name = "stderr" if is_error else "stdout"
            text = _text(output.get("text"))[: self._room]
            self._room -= len(text)
            return NotebookNode(output_type="stream", name=name, text=text) if text else None
        if kind == "error" and not self._in_tests:
            return self._error(output)
        if kind in ("display_data", "execute_result"):
            return self._display(output, kind, count)
        return None

    def _error(self, output: dict[Any, Any]) -> Output | None:
        lines = output.get("traceback")
        lines = [_text(line) for line in lines] if type(lines) is list else []
        name, value = _text(output.get("ename")), _text(output.get("evalue"))
        self._error_room -= sum(map(len, (name, value, *lines)))
        return error_output(name, value, lines) if self._error_room >= 0 else None

    def _display(self, output: dict[Any, Any], kind: str, count: int | None) -> Output | None:
        given = output.get("data")
        data = NotebookNode()
        for mime, item in given.items() if type(given) is dict else ():
            if type(mime) is not str or not _MIME.fullmatch(mime):
                continue
            if type(item) is str:
                data[mime] = item
            # Of other types a notebook may hold nothing but text.
            elif mime == "application/json" or re.fullmatch(r"application/.*\+json", mime):
                data[mime] = _json(item)
        self._room -= sum(len(str(item)) for item in data.values())
        if not data or self._room < 0:
            return None
        metadata = _json(output.get("metadata"))
        if type(metadata) is not NotebookNode:
            metadata = NotebookNode()
        result = NotebookNode(output_type="display_data", data=data, metadata=metadata)
        if kind == "execute_result" and not self._in_tests:
            result.output_type, result.execution_count = kind, count
        return result


def _text(item: Any) -> str:
    return item if type(item) is str else ""


def _json(item: Any, depth: int = 0) -> Any:
    """What JSON can hold of a plain value."""
    kind = type(item)
    if kind in (str, bool, int, type(None)):
        return item
    if kind is float:
        return item if math.isfinite(item) else None
    if depth < _MAX_DEPTH and kind is list:
        return [_json(part, depth + 1) for part in item]
    if depth < _MAX_DEPTH and kind is dict:
        pairs = ((key, part) for key, part in item.items() if type(key) is str)
        return NotebookNode({key: _json(part, depth + 1) for key, part in pairs})
    return None
