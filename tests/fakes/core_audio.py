"""Core Audio's devices as PyObjC gives them: properties as bytes, names as pointers to strings."""

import struct
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from tests.fakes.apple import Install, ObjcModule, four_characters

SYSTEM = 1


class CoreAudio:
    """``devices``: each device's name and the four characters of its transport."""

    def __init__(self, install: Install, devices: Sequence[tuple[str, str]] = ()) -> None:
        self.devices = {40 + place: device for place, device in enumerate(devices)}
        self.asked_of_devices = 0
        self._strings: dict[int, str] = {}
        install("CoreAudio", *self._functions())

    def objc(self, module: ObjcModule) -> ModuleType:
        """``module`` with what turns a pointer into its object."""
        module.objc_object = lambda c_void_p: self._strings[c_void_p]  # type: ignore[attr-defined]
        return module

    def _property(self, thing: int, selector: int) -> bytes | None:
        if thing == SYSTEM:
            assert selector == four_characters("dev#")
            return struct.pack(f"={len(self.devices)}I", *self.devices)
        name, transport = self.devices[thing]
        self.asked_of_devices += 1
        if selector == four_characters("tran"):
            return struct.pack("=I", four_characters(transport)) if transport else None
        assert selector == four_characters("lnam")
        pointer = 0x6000_0000 + len(self._strings)
        self._strings[pointer] = name
        return struct.pack("=Q", pointer)

    def _functions(self) -> tuple[Callable[..., Any], ...]:
        no_such_property = -four_characters("who?") % (1 << 31)

        def AudioObjectGetPropertyDataSize(
            thing: int, address: Any, size: int, qualifier: bytes, out: None
        ) -> tuple[int, int]:
            assert address[1:] == (four_characters("glob"), 0)
            data = self._property(thing, address[0])
            return (no_such_property, 0) if data is None else (0, len(data))

        def AudioObjectGetPropertyData(
            thing: int, address: Any, size: int, qualifier: bytes, room: int, out: None
        ) -> tuple[int, int, bytes]:
            data = self._property(thing, address[0])
            assert data is not None and room == len(data)
            return 0, len(data), data

        def AudioObjectAddPropertyListenerBlock(system: int, address: Any, queue: None, block: Any) -> int:
            return 0

        def AudioObjectRemovePropertyListenerBlock(system: int, address: Any, queue: None, block: Any) -> int:
            return 0

        return (
            AudioObjectGetPropertyDataSize,
            AudioObjectGetPropertyData,
            AudioObjectAddPropertyListenerBlock,
            AudioObjectRemovePropertyListenerBlock,
        )
