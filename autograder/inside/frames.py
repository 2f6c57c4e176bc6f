"""Frames on a stream: four bytes of length, the largest first, and that many bytes."""

import socket
import struct

HEADER = struct.Struct(">I")
# How much is read at a time: at least, and of a long frame.
_CHUNK, _PIECE = 2**16, 2**20


def write(connection: socket.socket, payload: bytes) -> None:
    """Send one frame, in one piece: the header alone would wake the other side for nothing."""
    connection.sendall(HEADER.pack(len(payload)) + payload)


def take(arrived: bytearray, length: int) -> bytes:
    """Take the first frame, which is there whole and so long, off what has arrived."""
    end = HEADER.size + length
    with memoryview(arrived) as view:
        frame = bytes(view[HEADER.size : end])
    del arrived[:end]
    return frame


class Reader:
    """Reads frames, and as much at a time as has come. Nothing else may read the connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._arrived = bytearray()

    def read(self) -> bytes:
        """Wait for one frame.

        Raises:
            EOFError: the other side has closed the connection.
        """
        self._await(HEADER.size)
        (length,) = HEADER.unpack_from(self._arrived)
        self._await(HEADER.size + length)
        return take(self._arrived, length)

    def _await(self, count: int) -> None:
        while (missing := count - len(self._arrived)) > 0:
            part = self._connection.recv(max(_CHUNK, min(missing, _PIECE)))
            if not part:
                raise EOFError("the connection was closed")
            self._arrived += part
