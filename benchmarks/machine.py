"""What the figures were measured on: they mean nothing without it."""

import platform
from importlib.metadata import version
from pathlib import Path

import av
import psutil

PACKAGES = {"NumPy": "numpy", "OpenCV": "opencv-python-headless", "PyAV": "av", "Qt": "PySide6-Essentials"}
PACKAGES |= {"asyncssh": "asyncssh", "cryptography": "cryptography", "pyrage": "pyrage"}

LOOK = 1.0


def describe() -> dict[str, str]:
    """Return name and value of each fact; no host, user or address."""
    codec = ".".join(map(str, av.library_versions["libavcodec"]))
    return {
        "processor": f"{_processor()}, {psutil.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{_system()}, Linux {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        **{name: version(package) for name, package in PACKAGES.items()},
        "libavcodec": codec,
    }


def load() -> float:
    """Return how many cores all programs take, looked at for a second in which this one does nothing."""
    return psutil.cpu_percent(LOOK) / 100 * (psutil.cpu_count() or 1)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()
