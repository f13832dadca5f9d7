"""What asyncio's TLS needs of the relay: one read buffer for all rooms, and care at the end.

asyncio gives each TLS connection 256 KiB to read into, nine tenths of all that an idle
connection costs. What was read is decrypted before anything else is read, so one will do.
asyncio's private parts are touched here only; where they are others, nothing is shared.
"""

import asyncio

_shared: list[tuple[bytearray, memoryview]] = []


def share(transport: asyncio.BaseTransport) -> None:
    """Let a connection, if it has TLS, read into the buffer that all of them have."""
    tls = getattr(transport, "_ssl_protocol", None)
    buffer = getattr(tls, "_ssl_buffer", None)
    if tls is None or not isinstance(buffer, bytearray) or not hasattr(tls, "_ssl_buffer_view"):
        return
    if not _shared or len(_shared[0][0]) < len(buffer):
        _shared[:] = [(buffer, memoryview(buffer))]
    tls._ssl_buffer, tls._ssl_buffer_view = _shared[0]


def closed_twice(transport: asyncio.BaseTransport) -> bool:
    """Tell whether a transport has nothing under it any more.

    asyncio's forgets its TLS when it is closed once more, as uvicorn does with each that is lost,
    and then stumbles over whatever it is asked for.
    """
    return getattr(transport, "_ssl_protocol", transport) is None
