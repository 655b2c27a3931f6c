"""The random numbers that MLX would draw, drawn on the host.

``mx.random.categorical`` without a key splits the thread's key once a call, and makes one uniform
number from the half it takes. Doing the same here, in plain integers, gives every sample the number
it would have had, while samples that nobody needs cost nothing and the graph of a step holds no
chain of splits: the numbers are ready while the device is still busy with the step before.

A split is Threefry-2x32 with 20 rounds on counters (Salmon et al., "Parallel random numbers: as easy
as 1, 2, 3", 2011; rotation constants from its table 2).
"""

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

_WORD: Final = 0xFFFFFFFF
_PARITY: Final = 0x1BD11BDA
_ROTATIONS: Final = ((13, 15, 26, 6), (17, 29, 16, 24))

Key = tuple[int, int]


_BELOW_ONE: Final = np.nextafter(np.float32(1), np.float32(0))


class KeyChain:
    """The keys that a thread seeded with ``seed`` would draw with, one after another."""

    def __init__(self, seed: int) -> None:
        self._key: Key = ((seed >> 32) & _WORD, seed & _WORD)
        self._ahead: deque[tuple[Key, int]] = deque()

    def prepare(self, count: int) -> None:
        """Works out ahead what ``uniforms`` will want of the next ``count`` keys."""
        while len(self._ahead) < count:
            self._key, key = split(self._key)
            self._ahead.append((key, threefry(key, (0, 0))[0]))

    def take(self, count: int) -> list[Key]:
        """The next ``count`` keys."""
        keys = []
        for _ in range(count):
            if self._ahead:
                keys.append(self._ahead.popleft()[0])
            else:
                self._key, key = split(self._key)
                keys.append(key)
        return keys

    def uniforms(self, count: int) -> npt.NDArray[np.float32]:
        """``mx.random.uniform`` in [0, 1) under each of the next ``count`` keys."""
        self.prepare(count)
        words = [self._ahead.popleft()[1] for _ in range(count)]
        numbers: npt.NDArray[np.float32] = np.minimum(
            np.array(words, np.float32) / np.float32(_WORD), _BELOW_ONE
        )
        return numbers

    def skip(self, count: int) -> None:
        """Passes over ``count`` keys, whose samples nobody needs."""
        for _ in range(count):
            if self._ahead:
                self._ahead.popleft()
            else:
                self._key = split(self._key)[0]


def split(key: Key) -> tuple[Key, Key]:
    """The two keys of ``mx.random.split(key)``."""
    first = threefry(key, (0, 2))
    second = threefry(key, (1, 3))
    return (first[0], second[0]), (first[1], second[1])


def threefry(key: Key, counter: Key) -> Key:
    """Threefry-2x32 with 20 rounds of ``counter`` under ``key``."""
    schedule = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    left = (counter[0] + schedule[0]) & _WORD
    right = (counter[1] + schedule[1]) & _WORD
    for block in range(5):
        for distance in _ROTATIONS[block & 1]:
            left = (left + right) & _WORD
            right = (((right << distance) | (right >> (32 - distance))) & _WORD) ^ left
        left = (left + schedule[(block + 1) % 3]) & _WORD
        right = (right + schedule[(block + 2) % 3] + block + 1) & _WORD
    return left, right
