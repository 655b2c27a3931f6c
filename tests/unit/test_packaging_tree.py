"""What may not be in the repository: registries, paths of whoever wrote it, and big files."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Written so that none matches itself.
FORBIDDEN = re.compile(
    r"""(?<![\w.])/(?:wor[k]|far[m]|roo[t])/ | /tm[p]/HELPE[R]
    | py[p]i\.org | python[h]osted\.org | registr[y]\.npmjs | registr[y]\.yarnpkg | npmmirro[r]
    | deb\.debia[n]\.org | archiv[e]\.ubuntu | /op[t]/(?:pyp[i]|wheels)
    """,
    re.VERBOSE,
)
LARGEST_BYTES = 3_000_000


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name]


def test_no_file_names_a_registry_or_a_path_of_its_writer() -> None:
    found = []
    for file in tracked():
        if not file.is_file():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := FORBIDDEN.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {match.group()}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "/wor" + "k/main/engine",
        "see https://py" + "pi.org/project/x",
        "at /roo" + "t/.cache",
        '"https://registr' + 'y.npmjs.org/a"',
    ],
)
def test_the_search_finds_them(line: str) -> None:
    assert FORBIDDEN.search(line)


def test_no_weights_and_no_builds_are_committed() -> None:
    big = [file for file in tracked() if file.is_file() and file.stat().st_size > LARGEST_BYTES]
    assert not big
