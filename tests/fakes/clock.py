"""A clock that stands still until a test lets it go."""


class StillClock:
    """Called like ``time.monotonic``."""

    def __init__(self, now_s: float = 100.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def go(self, seconds: float) -> None:
        """Lets time pass."""
        self.now_s += seconds
