"""The worker thread and what crosses into it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from engine.crossing import Cancelled, CancelToken, TextFeed
from engine.errors import BackendCrashed, ModelMissing
from engine.ports import Progress, SpeakableWord
from engine.workers import Worker, host_on_thread

WATCHDOG_S = 10.0


def word(text: str) -> SpeakableWord:
    return SpeakableWord(text, 0, len(text))


class Echo:
    """A backend that remembers the threads it was used on."""

    def __init__(self) -> None:
        self.threads = {threading.get_ident()}
        self.closed = False

    def say(self, text: str) -> str:
        self.threads.add(threading.get_ident())
        return text

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.closed = True


@pytest.fixture
def hosted() -> Iterator[Callable[..., Worker[Echo]]]:
    workers: list[Worker[Echo]] = []

    def host(make: Callable[[Progress], Echo] = lambda progress: Echo()) -> Worker[Echo]:
        worker = Worker("echo", make, close=Echo.close)
        workers.append(worker)
        host_on_thread(worker.name, worker.run)
        return worker

    yield host
    for worker in workers:
        worker.stop()
        worker.finished.exception(WATCHDOG_S)


def test_a_backend_lives_on_one_thread_and_is_closed_there(hosted: Callable[..., Worker[Echo]]) -> None:
    worker = hosted()
    backend = worker.call(lambda backend: backend).result(WATCHDOG_S)
    assert worker.call(lambda backend: backend.say("hello")).result(WATCHDOG_S) == "hello"
    worker.stop()
    worker.finished.result(WATCHDOG_S)
    assert backend.closed
    assert len(backend.threads) == 1
    assert threading.get_ident() not in backend.threads


def test_an_error_a_person_can_mend_leaves_the_worker_alive(hosted: Callable[..., Worker[Echo]]) -> None:
    worker = hosted()

    def missing(backend: Echo) -> None:
        raise ModelMissing("No voice on disk.")

    with pytest.raises(ModelMissing):
        worker.call(missing).result(WATCHDOG_S)
    assert worker.call(lambda backend: backend.say("still here")).result(WATCHDOG_S) == "still here"


def test_a_crash_ends_the_worker_and_fails_what_waits(hosted: Callable[..., Worker[Echo]]) -> None:
    worker = hosted()
    hold, crashing = threading.Event(), threading.Event()

    def crash(backend: Echo) -> None:
        crashing.set()
        hold.wait(WATCHDOG_S)
        raise RuntimeError("out of memory")

    crashed = worker.call(crash)
    crashing.wait(WATCHDOG_S)
    waiting = worker.call(lambda backend: backend.say("never"))
    hold.set()
    with pytest.raises(RuntimeError):
        crashed.result(WATCHDOG_S)
    with pytest.raises(BackendCrashed):
        waiting.result(WATCHDOG_S)
    assert isinstance(worker.finished.exception(WATCHDOG_S), RuntimeError)
    with pytest.raises(BackendCrashed):
        worker.call(lambda backend: backend.say("later")).result(WATCHDOG_S)


def test_a_backend_that_cannot_be_made_says_why(hosted: Callable[..., Worker[Echo]]) -> None:
    def make(progress: Progress) -> Echo:
        progress(0.5, "half way")
        raise ModelMissing("No voice on disk.", "Download it.")

    worker = hosted(make)
    assert isinstance(worker.loaded.exception(WATCHDOG_S), ModelMissing)
    assert isinstance(worker.finished.exception(WATCHDOG_S), ModelMissing)


def test_a_backend_still_being_made_is_given_up_at_its_next_report(
    hosted: Callable[..., Worker[Echo]],
) -> None:
    making, let_go = threading.Event(), threading.Event()
    reports: list[str] = []

    def make(progress: Progress) -> Echo:
        making.set()
        let_go.wait(WATCHDOG_S)
        for detail in ("half way", "nearly"):
            progress(None, detail)
            reports.append(detail)
        return Echo()

    worker = hosted(make)
    waiting = worker.call(lambda backend: backend.say("never"))
    making.wait(WATCHDOG_S)
    worker.stop()
    let_go.set()
    assert worker.finished.exception(WATCHDOG_S) is None  # asked for, so no failure
    assert reports == []
    assert isinstance(worker.loaded.exception(WATCHDOG_S), BackendCrashed)
    with pytest.raises(BackendCrashed):
        waiting.result(WATCHDOG_S)


def test_an_abandoned_worker_fails_the_job_that_hangs(hosted: Callable[..., Worker[Echo]]) -> None:
    worker = hosted()
    hang, hanging = threading.Event(), threading.Event()

    def job(backend: Echo) -> str:
        hanging.set()
        hang.wait(WATCHDOG_S)
        return "too late"

    stuck: Future[str] = worker.call(job)
    hanging.wait(WATCHDOG_S)
    worker.abandon()
    with pytest.raises(BackendCrashed):
        stuck.result(WATCHDOG_S)
    hang.set()


class Hanging:
    """A worker in the middle of a job that hangs until ``come_back``; ``closed`` once its thread has left."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self._hang, hanging = threading.Event(), threading.Event()
        self.worker = Worker("echo", lambda progress: Echo(), close=lambda backend: self.closed.set())
        host_on_thread(self.worker.name, self.worker.run)

        def job(backend: Echo) -> None:
            hanging.set()
            self._hang.wait(WATCHDOG_S)

        self.worker.call(job)
        assert hanging.wait(WATCHDOG_S)

    def come_back(self) -> None:
        self._hang.set()
        assert self.closed.wait(WATCHDOG_S)


def test_an_abandoned_thread_that_comes_back_leaves_though_it_was_asked_again() -> None:
    hanging = Hanging()
    hanging.worker.abandon()
    late = hanging.worker.call(lambda backend: backend.say("never"))
    assert isinstance(late.exception(WATCHDOG_S), BackendCrashed)
    hanging.come_back()


def test_a_job_that_a_thread_takes_as_it_comes_back_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Hanging()
    worker, late = hanging.worker, list[Future[str]]()
    fail_queued, stop = worker._fail_queued, worker.stop

    def fail_too_late() -> None:
        hanging.come_back()
        fail_queued()

    def ask_before_stopping() -> None:
        monkeypatch.setattr(worker, "_fail_queued", fail_too_late)
        late.append(worker.call(lambda backend: backend.say("never")))
        stop()

    monkeypatch.setattr(worker, "stop", ask_before_stopping)
    worker.abandon()
    assert isinstance(late[0].exception(WATCHDOG_S), BackendCrashed)


def test_a_beat_shows_that_a_long_job_lives() -> None:
    now = [0.0]
    worker: Worker[Echo] = Worker("echo", lambda progress: Echo(), clock=lambda: now[0])
    now[0] = 4.0
    assert worker.silent_s() == 4.0
    worker.beat()
    assert worker.silent_s() == 0.0


def test_words_come_out_in_order_and_end() -> None:
    feed = TextFeed()
    for text in ("one", "two"):
        feed.put(word(text))
    feed.end()
    feed.put(word("late"))
    assert [entry.text for entry in feed] == ["one", "two"]


def test_the_feed_waits_for_text_rather_than_end() -> None:
    feed = TextFeed()
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.extend(entry.text for entry in feed), daemon=True)
    reader.start()
    assert feed.waits()
    feed.put(word("slow"))
    feed.end()
    reader.join(WATCHDOG_S)
    assert got == ["slow"]


def test_cancelling_wakes_whoever_waits() -> None:
    feed = TextFeed()
    raised: list[bool] = []

    def read() -> None:
        try:
            next(feed)
        except Cancelled:
            raised.append(True)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    feed.cancel()
    reader.join(WATCHDOG_S)
    assert raised == [True]
    with pytest.raises(Cancelled):
        next(feed)


def test_a_cancelled_feed_forgets_its_words() -> None:
    feed = TextFeed()
    feed.put(word("stale"))
    feed.cancel()
    with pytest.raises(Cancelled):
        next(feed)


def test_a_token_is_set_once_and_for_all() -> None:
    token = CancelToken()
    assert not token.wait(0.0)
    token.cancel()
    assert token.cancelled
    assert token.wait(0.0)
