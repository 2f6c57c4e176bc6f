"""Frames on a stream: four bytes of length, the largest first, and that many bytes."""

import socket
import struct

HEADER = struct.Struct(">I")


def write(connection: socket.socket, payload: bytes) -> None:
    """Send one frame."""
    connection.sendall(HEADER.pack(len(payload)))
    connection.sendall(payload)


def read(connection: socket.socket) -> bytes:
    """Wait for one frame.

    Raises:
        EOFError: the other side has closed the connection.
    """
    (length,) = HEADER.unpack(_exactly(connection, HEADER.size))
    return bytes(_exactly(connection, length))


def _exactly(connection: socket.socket, length: int) -> bytearray:
    buffer = bytearray(length)
    view = memoryview(buffer)
    filled = 0
    while filled < length:
        count = connection.recv_into(view[filled:])
        if not count:
            raise EOFError("the connection was closed")
        filled += count
    return buffer
