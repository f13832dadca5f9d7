"""What the relay counts, and how Prometheus reads it.

Every name is listed here with its help text, so that nothing can be counted
under a name that nobody explained; labels never hold anything from outside.
"""

from collections import Counter
from collections.abc import Mapping

COUNTERS: Mapping[str, str] = {
    "connections": "WebSockets that were accepted.",
    "rooms_opened": "Rooms that technicians opened.",
    "pairs": "Rooms in which both ends met, by kind (fresh, resumed).",
    "drops": "Ends that were refused or dropped, by reason (PROTOCOL.md, section 1).",
    "forwarded_bytes": "Bytes forwarded between the ends of rooms.",
    "forwarded_messages": "Messages forwarded between the ends of rooms.",
    "stored_bytes": "Bytes of sealed evidence taken in.",
    "statements": "Statements that got a receipt, by type.",
    "refusals": "HTTP requests that were refused, by word.",
}
_LABELS = {"pairs": "kind", "drops": "reason", "statements": "type", "refusals": "word"}

GAUGES: Mapping[str, str] = {
    "rooms_waiting": "Rooms that wait for their second end.",
    "rooms_paired": "Rooms in which both ends are.",
    "sockets": "WebSockets that are open.",
    "log_size": "Leaves in the log's last checkpoint.",
    "krl_age_seconds": "Seconds since the revocation list was made.",
}


class Metrics:
    """Counts since the start of the process."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        """Count something.

        Args:
            name: a key of `COUNTERS`.
            label: the value of its label, if it has one.
            by: how many.

        Raises:
            KeyError: nobody explained this name.
        """
        _ = COUNTERS[name]
        self._counts[name, label] += by

    def value(self, name: str, label: str = "") -> int:
        """Return a count."""
        return self._counts[name, label]

    def text(self, gauges: Mapping[str, float]) -> str:
        """Return everything in Prometheus' text format, version 0.0.4.

        Args:
            gauges: the present values of `GAUGES`.
        """
        lines = []
        for name, about in COUNTERS.items():
            lines += [f"# HELP byleave_{name}_total {about}", f"# TYPE byleave_{name}_total counter"]
            values = {label: value for (key, label), value in self._counts.items() if key == name}
            label_name = _LABELS.get(name)
            if label_name is None:
                lines.append(f"byleave_{name}_total {values.get('', 0)}")
            else:
                lines += [
                    f'byleave_{name}_total{{{label_name}="{label}"}} {value}'
                    for label, value in sorted(values.items())
                ]
        for name, value in gauges.items():
            lines += [f"# HELP byleave_{name} {GAUGES[name]}", f"# TYPE byleave_{name} gauge"]
            lines.append(f"byleave_{name} {value:g}")
        return "\n".join(lines) + "\n"
