"""The pages of the voice and of listening: voices, engines, devices and the level."""

from app.settings.listening import ListeningPage
from app.settings.services import SpeechFacts
from app.settings.voice import VoicePage
from app.settings.window import SettingsWindow
from engine.events import NO_TURN, BackendState, BackendStateChanged, Port
from tests.gui.conftest import Run, until
from tests.gui.settings_world import FakeSource, World, kept, pick, press, settings_window, world

__all__ = ["settings_window", "world"]


def test_a_voice_is_chosen_by_listening(settings_window: SettingsWindow, world: World, run: Run) -> None:
    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        await until(lambda: page.voice.count() == 2)
        pick(page.voice, "emma")
        assert kept(world).voice.voice == "emma"
        press(page.listen)
        await until(lambda: world.said)
        await until(lambda: not page.work.busy)

    run(body())


KYUTAI_VOICES = ("voice-donations/robert.wav", "vctk/p225_023.wav", "vctk/p226_023.wav")


def test_further_speakers_join_the_chosen_voice_and_go_again(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    robert, second, third = world.voices = KYUTAI_VOICES
    world.facts = SpeechFacts(most_speakers=2, codebooks=24, real_time_factor=0.5)

    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        others = page.others.choice
        await until(lambda: page.others.isVisibleTo(page))
        pick(others, second)
        assert kept(world).voice.voice == f"{robert}+{second}"
        assert (page.voice.value, others.value) == (robert, second)
        assert others.count() == 2, "nobody else can join two speakers where two are the most"
        pick(page.voice, third)
        assert kept(world).voice.voice == f"{third}+{second}"
        pick(page.voice, second)
        assert kept(world).voice.voice == second
        pick(others, robert)
        pick(others, "")
        assert kept(world).voice.voice == second
        await until(lambda: not page.work.busy)

    run(body())


def test_a_voice_that_speaks_alone_offers_no_others(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        await until(lambda: page.voice.count() == 2 and not page.work.busy)
        assert not page.others.isVisibleTo(page)
        assert not page.more.isVisibleTo(page), "this world's models are without Kyutai's voices"

    run(body())


def test_codebooks_are_measured_or_chosen_and_measured_again(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    world.facts = SpeechFacts(5, 24, 0.5)

    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        await until(lambda: "24" in page.codebooks.hint.text())
        assert "2.0 times" in page.codebooks.hint.text()
        world.facts = SpeechFacts(5, 16, 0.25)
        press(page.measure)
        await until(lambda: "Now 16" in page.codebooks.hint.text())
        assert world.measured == 1
        assert page.measure.isEnabled()
        pick(page.codebooks.control, 32)
        assert kept(world).voice.kyutai_codebooks == 32
        assert not page.measure.isEnabled()
        pick(page.codec.control, "rustymimi")
        assert kept(world).voice.kyutai_codec == "rustymimi"
        await until(lambda: not page.work.busy)

    run(body())


def test_what_a_width_takes_is_said_before_it_is_loaded(
    settings_window: SettingsWindow, world: World
) -> None:
    page = settings_window.show_section("voice")
    assert isinstance(page, VoicePage)
    seen = {}
    for bits, precision in ((8, "exact"), (8, "fast"), (4, "exact"), (0, "exact")):
        world.store.change("voice", kyutai_bits=bits, kyutai_precision=precision)
        seen[bits, precision] = page.bits.hint.text()
    assert "3.6 GB of memory" in seen[8, "exact"]
    assert "2.4 GB on the disk" in seen[8, "exact"]
    assert "3.0 GB of memory" in seen[8, "fast"]
    assert "1.7 GB on the disk" in seen[4, "exact"]
    assert "7.6 GB of memory." in seen[0, "exact"], "exact arithmetic widens what is not quantised"


def test_no_list_of_devices_is_said_at_its_row(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        await until(lambda: page.speaker.row.error.text())
        assert "Start the sound service" in page.speaker.row.error.text()
        await until(lambda: not page.work.busy)

    run(body())


def test_the_engine_that_runs_is_named(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("voice")
    assert isinstance(page, VoicePage)
    for state, words in ((BackendState.LOADING, "Loading hibari…"), (BackendState.READY, "Now: hibari")):
        world.bridge.tell(BackendStateChanged(NO_TURN, 1.0, Port.SYNTHESIZER, "hibari", state))
        assert page.engine.hint.text() == words


def test_a_microphone_is_chosen_and_stays_chosen_when_it_is_unplugged(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    async def body() -> None:
        page = settings_window.show_section("listening")
        assert isinstance(page, ListeningPage)
        await until(lambda: page.device.choice.count() == 3)
        pick(page.device.choice, "ALSA: Headset")
        assert kept(world).listening.input_device == "ALSA: Headset"
        page.device.show_devices(())
        assert page.device.choice.value == "ALSA: Headset"
        assert "not connected" in page.device.choice.currentText()

    run(body())


def test_the_level_is_live_and_the_microphone_let_go_of(
    settings_window: SettingsWindow, world: World
) -> None:
    page = settings_window.show_section("listening")
    assert isinstance(page, ListeningPage)
    press(page.test)
    opened = world.source.is_open
    assert opened
    world.source.loudness = 0.2
    page.probe.look()
    assert page.meter.level > 0.5
    settings_window.show_section("general")
    assert not world.source.is_open
    assert not page.test.isChecked()


def test_a_microphone_that_fails_says_so(settings_window: SettingsWindow, world: World) -> None:
    world.source = FakeSource(fails=True)
    page = settings_window.show_section("listening")
    assert isinstance(page, ListeningPage)
    press(page.test)
    assert page.level_row.error.text() == "There is no microphone. Plug one in."
    assert not page.test.isChecked()
