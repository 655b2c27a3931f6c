from engine.audio.devices import Device, choose, choose_microphone, find


def device(name: str, index: int = 0, *, default: bool = False) -> Device:
    return Device(
        id=f"Core Audio: {name}",
        name=name,
        index=index,
        channels=1,
        rate_hz=48_000,
        default=default,
        bluetooth="AirPods" in name,
        built_in="MacBook" in name,
    )


AIRPODS = device("AirPods Pro", 1, default=True)
MACBOOK = device("MacBook Pro Microphone", 2)
USB = device("USB Audio", 3)
SPEAKERS = device("MacBook Pro Speakers", 4)


def test_a_device_is_found_by_its_id_or_its_name() -> None:
    assert choose([AIRPODS, USB], "Core Audio: USB Audio") is USB
    assert choose([AIRPODS, USB], "USB Audio") is USB


def test_the_default_stands_in_for_a_device_that_is_missing_or_not_chosen() -> None:
    assert choose([USB, AIRPODS], "Scarlett 2i2") is AIRPODS
    assert choose([USB, AIRPODS], "") is AIRPODS


def test_any_device_is_better_than_none_and_none_is_told() -> None:
    assert choose([USB], "") is USB
    assert choose([], "USB Audio") is None


def test_a_device_is_found_by_its_number() -> None:
    assert find([AIRPODS, USB], 3) is USB
    assert find([AIRPODS, USB], 9) is None
    assert find([AIRPODS, USB], None) is AIRPODS


def test_a_headset_that_plays_is_not_made_to_listen() -> None:
    assert choose_microphone([AIRPODS, USB, MACBOOK], "", AIRPODS) is MACBOOK
    assert choose_microphone([AIRPODS, USB], "", AIRPODS) is USB


def test_a_headset_listens_where_it_is_named_or_alone_or_does_not_play() -> None:
    assert choose_microphone([AIRPODS, MACBOOK], "AirPods Pro", AIRPODS) is AIRPODS
    assert choose_microphone([AIRPODS], "", AIRPODS) is AIRPODS
    assert choose_microphone([AIRPODS, MACBOOK], "", SPEAKERS) is AIRPODS
    assert choose_microphone([AIRPODS, MACBOOK], "", None) is AIRPODS
    assert choose_microphone([AIRPODS, MACBOOK], "", AIRPODS, avoid_bluetooth=False) is AIRPODS


def test_a_named_headset_that_is_missing_does_not_let_another_listen() -> None:
    assert choose_microphone([AIRPODS, MACBOOK], "Bose", AIRPODS) is MACBOOK


def test_another_default_than_the_headset_is_left_alone() -> None:
    usb = device("USB Audio", 3, default=True)
    assert choose_microphone([usb, MACBOOK], "", AIRPODS) is usb


def test_no_microphone_is_told() -> None:
    assert choose_microphone([], "", SPEAKERS) is None
