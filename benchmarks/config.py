"""The one thing that benchmarks tell by the environment: which cookies open their displays."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def authority(path: Path) -> Iterator[None]:
    """Have every X library of this process take its cookies from a file."""
    before = os.environ.get("XAUTHORITY")
    os.environ["XAUTHORITY"] = str(path)
    try:
        yield
    finally:
        del os.environ["XAUTHORITY"]
        if before is not None:
            os.environ["XAUTHORITY"] = before
