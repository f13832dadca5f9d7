"""Counters and their text."""

import pytest

from relay.metrics import COUNTERS, Metrics


def test_counts_are_shown_as_prometheus_reads_them() -> None:
    metrics = Metrics()
    metrics.count("drops", "too-slow")
    metrics.count("drops", "too-slow")
    metrics.count("drops", "expired")
    metrics.count("forwarded_bytes", by=70)
    lines = metrics.text({"log_size": 12, "krl_age_seconds": 1.5}).splitlines()
    assert 'byleave_drops_total{reason="too-slow"} 2' in lines
    assert 'byleave_drops_total{reason="expired"} 1' in lines
    assert "byleave_forwarded_bytes_total 70" in lines
    assert "byleave_connections_total 0" in lines
    assert "byleave_log_size 12" in lines
    assert "byleave_krl_age_seconds 1.5" in lines
    assert metrics.value("drops", "too-slow") == 2
    assert sum(line.startswith("# HELP") for line in lines) == len(COUNTERS) + 2


def test_nothing_is_counted_that_nobody_explained() -> None:
    with pytest.raises(KeyError):
        Metrics().count("secrets")
