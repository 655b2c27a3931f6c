"""The stand-ins for Apple's modules refuse what PyObjC would refuse."""

from typing import Any

import pytest

from tests.fakes.apple import AppleModule, ObjcModule, fits, types


def AudioObjectAddPropertyListenerBlock(system: int, address: Any, queue: None, block: Any) -> int:
    block(1, None)
    return 0


def listen(*given: Any) -> Any:
    module = AppleModule("CoreAudio", AudioObjectAddPropertyListenerBlock)
    return module.AudioObjectAddPropertyListenerBlock(*given)


def carbon() -> AppleModule:
    def install(target: Any, handler: Any, count: int, kinds: Any, data: Any, out: Any) -> tuple[int, object]:
        return 0, handler

    install.__name__ = "InstallEventHandler"
    return AppleModule("HIToolbox", install)


ADDRESS = (1, 2, 0)


def test_encodings_are_read() -> None:
    assert types("v") == ["v"]
    assert types("iII{EventHotKeyID=II}^{OpaqueEventTargetRef=}I^^{OpaqueEventHotKeyRef}")[3:5] == [
        "{EventHotKeyID=II}",
        "^{OpaqueEventTargetRef=}",
    ]
    assert types("iI^{AudioObjectPropertyAddress=III}@@?")[3:] == ["@", "@?"]
    assert types("n^{AudioObjectPropertyAddress=III}") == ["^{AudioObjectPropertyAddress=III}"]


def test_values_fit_their_types() -> None:
    assert fits("I", 4_294_967_295) and not fits("I", -1) and not fits("I", "1")
    assert fits("i", -9874) and not fits("i", 1 << 31)
    assert fits("Z", True) and not fits("Z", None)
    assert fits("{CGSize=dd}", (18, 18.0)) and not fits("{CGSize=dd}", (18,)) and not fits("{CGSize=dd}", 18)


def test_an_argument_that_does_not_fit_is_refused() -> None:
    listen(1, ADDRESS, None, lambda count, addresses: None)
    for given in (
        ("one", ADDRESS, None, lambda count, addresses: None),
        (1, (1, 2), None, lambda count, addresses: None),
        (1, ADDRESS, None, lambda count: None),
        (1, ADDRESS, None, lambda count, addresses: 5),
        (1, ADDRESS, None),
    ):
        with pytest.raises(AssertionError):
            listen(*given)


def test_a_method_can_not_be_a_callback_that_is_kept() -> None:
    class Handler:
        def handle(self, call: object, event: object, data: object) -> int:
            return 0

    install = carbon().InstallEventHandler
    with pytest.raises(AttributeError):
        ObjcModule().callbackFor(install)(Handler().handle)


def test_a_callback_that_is_kept_needs_its_closure() -> None:
    module = carbon()
    kinds = [module.EventTypeSpec(eventClass=1, eventKind=5)]

    def handle(call: object, event: object, data: object) -> int:
        return 0

    with pytest.raises(AssertionError, match="callbackFor"):
        module.InstallEventHandler("target", handle, 1, kinds, None, None)
    kept = ObjcModule().callbackFor(module.InstallEventHandler)(handle)
    module.InstallEventHandler("target", kept, 1, kinds, None, None)
    for given in (("target", kept, 2, kinds, None, None), ("target", kept, 1, kinds, None, "somewhere")):
        with pytest.raises(AssertionError):
            module.InstallEventHandler(*given)


def test_a_fake_must_answer_as_pyobjc_does() -> None:
    def InstallEventHandler(target: Any, handler: Any, count: int, kinds: Any, data: Any, out: Any) -> int:
        return 0

    module = AppleModule("HIToolbox", InstallEventHandler)
    with pytest.raises(AssertionError, match="answers"):
        module.InstallEventHandler("target", None, 0, [], None, None)


def test_a_selector_and_a_flag_are_looked_at() -> None:
    class NSStatusItem:
        def setAction_(self, action: str) -> None:
            pass

    class NSApplication:
        def activateIgnoringOtherApps_(self, ignoring: bool) -> None:
            pass

    AppleModule("AppKit", NSStatusItem, NSApplication)
    NSStatusItem().setAction_("clicked:")
    with pytest.raises(AssertionError):
        NSStatusItem().setAction_("clicked")
    NSApplication().activateIgnoringOtherApps_(True)
    with pytest.raises(AssertionError):
        NSApplication().activateIgnoringOtherApps_("yes")  # type: ignore[arg-type]


def test_what_the_frameworks_have_not_is_missing() -> None:
    with pytest.raises(AttributeError):
        _ = AppleModule("AppKit").NSNoSuchThing
    with pytest.raises(KeyError):
        AppleModule("CoreAudio", test_encodings_are_read)
    with pytest.raises(AssertionError):

        class NSStatusItem:
            def setAction_(self) -> None:
                pass

        AppleModule("AppKit", NSStatusItem)
