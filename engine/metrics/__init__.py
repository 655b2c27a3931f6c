"""How long the steps of the last turns took."""

from engine.metrics.timings import Metrics, Spread, Stage, TurnTimings, percentile, spread

__all__ = ["Metrics", "Spread", "Stage", "TurnTimings", "percentile", "spread"]
