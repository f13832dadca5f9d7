"""Facts about the computer that help a technician: no host name, no user, no address, no serial number."""

import platform
import time
from pathlib import Path

import msgspec
import psutil

GIGA = 1024**3
CPU_DESCRIPTION = Path("/proc/cpuinfo")
LONGEST = 120
"""Characters of a value (PROTOCOL.md, `ShortText`)."""


class Battery(msgspec.Struct, frozen=True):
    """The battery's charge."""

    percent: int
    plugged_in: bool


class SystemFacts(msgspec.Struct, frozen=True):
    """What the computer is and how full it is; sizes in bytes."""

    system: str
    version: str
    kernel: str
    architecture: str
    processor: str
    processors: int
    memory_total: int
    memory_free: int
    disk_total: int
    disk_free: int
    uptime_s: int
    battery: Battery | None = None

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return names and values in the words of a person, as the `facts` message carries them."""
        battery = self.battery
        plug = "plugged in" if battery and battery.plugged_in else "on battery"
        found = {
            "System": f"{self.system} {self.version}".strip(),
            "Kernel": f"{self.kernel} ({self.architecture})",
            "Processor": f"{self.processor} ({self.processors} threads)",
            "Memory": f"{_giga(self.memory_free)} of {_giga(self.memory_total)} free",
            "Disk": f"{_giga(self.disk_free)} of {_giga(self.disk_total)} free",
            "Running for": _duration(self.uptime_s),
            "Battery": f"{battery.percent} %, {plug}" if battery else "none",
        }
        return tuple((name, value[:LONGEST]) for name, value in found.items())


def system_facts() -> SystemFacts:
    """Ask the operating system; takes a few milliseconds."""
    memory, disk, battery = psutil.virtual_memory(), psutil.disk_usage(str(Path.home())), _battery()
    name, version = _system()
    return SystemFacts(
        system=name,
        version=version,
        kernel=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        processor=_processor(),
        processors=psutil.cpu_count() or 1,
        memory_total=memory.total,
        memory_free=memory.available,
        disk_total=disk.total,
        disk_free=disk.free,
        uptime_s=max(int(time.time() - psutil.boot_time()), 0),
        battery=battery,
    )


def _system() -> tuple[str, str]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system(), platform.version()
    return release.get("NAME", "Linux"), release.get("VERSION", "")


def _processor() -> str:
    try:
        lines = CPU_DESCRIPTION.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _battery() -> Battery | None:
    found = psutil.sensors_battery()
    return Battery(round(found.percent), bool(found.power_plugged)) if found else None


def _giga(size: int) -> str:
    return f"{size / GIGA:.1f} GiB"


def _duration(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    hours, minutes = divmod(rest // 60, 60)
    return f"{days} d {hours} h {minutes} min" if days else f"{hours} h {minutes} min"
