"""Medians, and lines to print them."""

import statistics
import time
from collections.abc import Callable, Mapping


def median_s(work: Callable[[], object], runs: int) -> float:
    """The median time of one call, after one call to warm up."""
    return medians_s({"": work}, runs)[""]


def medians_s(works: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """The median time of one call of each, taken in turns: what disturbs one disturbs all."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(runs):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in times.items()}


def many_s(work: Callable[[], object]) -> float:
    """The median time of one call that is too short to be timed alone."""

    def hundred() -> None:
        for _ in range(100):
            work()

    return median_s(hundred, 50) / 100


def report(name: str, ours_s: float, other: str = "", other_s: float = 0.0) -> None:
    """Print one figure, beside another way to the same end."""
    beside = f"   {other} {other_s * 1e3:9.4f} ms, {other_s / ours_s:6.1f} times" if other else ""
    print(f"{name:<34} {ours_s * 1e3:9.4f} ms{beside}")
