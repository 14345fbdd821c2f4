"""Reading a large file while what was read before is being hashed: two processors finish sooner than one.

Reading is a copy by the kernel and hashing is arithmetic; neither holds the interpreter's lock.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

BUFFER_BYTES = 2 << 20
_BLOCK_BYTES = 8 << 20
_READERS = 2
# Below this, starting threads costs more than they save.
LEAST_BYTES = 8 << 20


def _read(handle: int, block: memoryview, at: int) -> memoryview:
    """What a file has from a byte on, as much as there is room for; less only at its end."""
    done = 0
    while done < len(block):
        count = os.preadv(handle, [block[done:]], at + done)
        if not count:
            break
        done += count
    return block[:done]


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that are gone afterwards, whatever they have still to do."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="weighbridge-read")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def blocks(handle: int, size: int, *, ahead: bool = True) -> Generator[memoryview, None, None]:
    """The first ``size`` bytes of a file from its beginning, in blocks that are valid until the next one is asked for.

    Fewer bytes come if the file has fewer.

    Args:
        handle: The file's descriptor.
        size: How many bytes.
        ahead: Read the next block while the last one is used.

    Raises:
        OSError: The disk failed.
    """
    buffers = [memoryview(bytearray(min(size, BUFFER_BYTES))) for _ in range(2 if ahead and size >= LEAST_BYTES else 1)]
    if len(buffers) == 1:
        at = 0
        while at < size and (block := _read(handle, buffers[0][: size - at], at)):
            yield block
            at += len(block)
        return
    with _threads(1) as pool:
        waiting = pool.submit(_read, handle, buffers[0], 0)
        for number, at in enumerate(range(BUFFER_BYTES, size + BUFFER_BYTES, BUFFER_BYTES), 1):
            block = waiting.result()
            if at < size:
                waiting = pool.submit(_read, handle, buffers[number % 2][: size - at], at)
            yield block


def fill(handle: int, target: memoryview) -> Generator[memoryview, None, None]:
    """The parts of memory, in order, as they hold what the file has there; they are shorter where it has less.

    Raises:
        OSError: The disk failed.
    """
    starts = range(0, len(target), _BLOCK_BYTES)
    if len(target) < LEAST_BYTES:
        yield from (_read(handle, target[at : at + _BLOCK_BYTES], at) for at in starts)
        return
    with _threads(_READERS) as pool:
        for part in [pool.submit(_read, handle, target[at : at + _BLOCK_BYTES], at) for at in starts]:
            yield part.result()
