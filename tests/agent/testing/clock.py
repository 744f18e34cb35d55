"""A clock that goes on when it is told to."""


class ManualClock:
    """Sleeping takes no time of the test's."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
