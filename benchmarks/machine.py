"""The machine in words, without its name or its paths.

/proc, importlib.metadata  ->  described  ->  lines for the report
"""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("cedarpy", "common-expression-language", "duckdb", "pyarrow", "sqlglot")


def described() -> dict[str, str]:
    """What there is to know of the machine, as it is now."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return {
        "processor": f"{cores()} cores, {processor()}",
        "load at the start": f"{load} (over 1, 5 and 15 minutes)",
        "system": f"{platform.system()} on {platform.machine()}",
        "Python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """The processor's model, where the system tells it."""
    told = Path("/proc/cpuinfo")
    for line in told.read_text().splitlines() if told.exists() else ():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or "of unknown model"
