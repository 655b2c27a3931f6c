"""What a benchmark ran on, so that its figures can be compared with others."""

import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("mlx", "moshi-mlx", "onnxruntime", "xllamacpp", "hibari-tts", "moonshine-voice", "numpy")


def describe_machine() -> dict[str, str]:
    """The system, processor, memory, accelerator, load and package versions, as short strings.

    What can't be told is left out. Starts one short process at most.
    """
    facts = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": _processor(),
        "cores": str(os.cpu_count() or 0),
        "memory_gb": _memory_gb(),
        "gpu": _nvidia_gpu(),
        "load_average": _load_average(),
        **{package: _version(package) for package in _PACKAGES},
    }
    return {name: fact for name, fact in facts.items() if fact}


def print_machine() -> None:
    """Prints ``describe_machine`` as one line."""
    print("machine " + json.dumps(describe_machine()))


def _processor() -> str:
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gb() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.1f}"
    except (ValueError, OSError):
        return ""


def _nvidia_gpu() -> str:
    return _output("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")


def _load_average() -> str:
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
