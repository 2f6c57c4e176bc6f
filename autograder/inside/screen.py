"""What a cell shows, as a notebook stores it, and no more of it than a limit allows."""

import base64
import io
import json
from typing import Any

Output = dict[str, Any]

MAX_OUTPUTS = 500
# An error is always shown, but not at any length.
_ERROR_TEXT, _TRACEBACK_LINES = 20_000, 200


class Screen:
    """Collects outputs until they are taken.

    Args:
        limit: how many letters are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begin()

    def _begin(self) -> None:
        self._outputs: list[Output] = []
        self._parts: list[str] = []  # the text of the last output, if that is a stream
        self._room = self._limit
        self._cut = self._clear_next = False
        self._displays: dict[str, Output] = {}

    def take(self) -> list[Output]:
        """The outputs since the last time."""
        if not self._outputs and not self._cut:
            return []
        self._join()
        outputs = self._outputs
        if self._cut:
            note = f"… output cut at {_size(self._limit)}\n"
            outputs.append({"output_type": "stream", "name": "stdout", "text": note})
        self._begin()
        return outputs

    def write(self, name: str, text: str) -> None:
        """Add text to the stream "stdout" or "stderr"."""
        if len(text) > self._room:
            text, self._cut = text[: self._room], True
        if not text:
            return
        self._room -= len(text)
        last = self._outputs[-1] if self._outputs else None
        if last is None or self._clear_next or last.get("name") != name:
            self._add({"output_type": "stream", "name": name, "text": ""})
        if self._outputs:
            self._parts.append(text)

    def show(
        self, kind: str, data: dict[str, Any], metadata: Any, transient: Any = None, **more: Any
    ) -> None:
        """Add a value that is displayed ("display_data") or the cell's result."""
        data = {str(key): _text(item) for key, item in data.items()}
        size = sum(map(len, map(str, data.values())))
        if size > self._room:
            self._cut = True
            return
        self._room -= size
        metadata = metadata if isinstance(metadata, dict) else {}
        output = {"output_type": kind, "data": data, "metadata": _clean(metadata), **more}
        self._add(output)
        if isinstance(transient, dict) and isinstance(transient.get("display_id"), str):
            self._displays[transient["display_id"]] = output

    def update(self, data: dict[str, Any], metadata: Any, transient: Any) -> None:
        """Replace what was displayed in this cell under the same id."""
        output = self._displays.get(str((transient or {}).get("display_id")))
        if output is None:
            return
        data = {str(key): _text(item) for key, item in data.items()}
        size = sum(map(len, map(str, data.values())))
        if size <= self._room:
            self._room -= size
            output["data"] = data

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """Add an error."""
        lines = [str(line)[:_ERROR_TEXT] for line in traceback[-_TRACEBACK_LINES:]]
        while sum(map(len, lines)) > 10 * _ERROR_TEXT:
            del lines[1 : 1 + len(lines) // 2 + 1]
        self._join()
        self._outputs.append(
            {
                "output_type": "error",
                "ename": name[:_ERROR_TEXT],
                "evalue": value[:_ERROR_TEXT],
                "traceback": lines,
            }
        )

    def clear(self, wait: bool) -> None:
        """Remove the cell's outputs, at once or when the next one comes."""
        if wait:
            self._clear_next = True
        else:
            self._outputs, self._parts, self._clear_next = [], [], False
            self._room = self._limit

    def _add(self, output: Output) -> None:
        if self._clear_next:
            self.clear(wait=False)
        self._join()
        if len(self._outputs) < MAX_OUTPUTS:
            self._outputs.append(output)
        else:
            self._cut = True

    def _join(self) -> None:
        if self._parts:
            self._outputs[-1]["text"] += "".join(self._parts)
            self._parts = []


class Stream(io.TextIOBase):
    """Stands for standard output or standard error.

    Args:
        name: "stdout" or "stderr".
        screen: where the text goes.
    """

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, name: str, screen: Screen) -> None:
        super().__init__()
        self.name = name
        self._screen = screen

    def write(self, text: str) -> int:
        """Add text to the cell's output.

        Raises:
            TypeError: it is not text.
        """
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._screen.write(self.name, str(text))
        return len(text)

    def writable(self) -> bool:
        """Say that this can be written to."""
        return True

    def close(self) -> None:
        """Stay open, as standard output does in a notebook."""


def _text(item: Any) -> Any:
    """Displayed data as a notebook stores it: text, or what JSON can hold."""
    if isinstance(item, str):
        return item
    if isinstance(item, bytes):
        return base64.b64encode(item).decode()
    return _clean(item)


def _clean(item: Any) -> Any:
    return json.loads(json.dumps(item, default=repr)) if item else item


def _size(count: int) -> str:
    return f"{count // 2**20} MiB" if count >= 2**20 else f"{count} letters"
