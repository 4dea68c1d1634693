"""Run the README's commands as a stranger would: in a fresh copy of the checkout, with nothing but Python.

    python3 tests/run_readme_commands.py FOLDER

copies the checkout to FOLDER, which must not exist yet, and runs each command of the README there as it stands. It is
part of `.ci/run`, since it installs from PyPI; `tests/test_readme.py` runs what needs no network, and imports this file
for its reading of Markdown. It needs the standard library only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_MADE_HERE = (".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis")


class Block(NamedTuple):
    """A fenced block of a Markdown file.

    Attributes:
        section: the heading of first or second level above it.
        language: the word after the fence.
        line: number of the block's first line in the file, from 1.
        code: its text.
    """

    section: str
    language: str
    line: int
    code: str


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a Markdown text, in order."""
    found: list[Block] = []
    section, fence, start = "", "", 0
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if fence and line == "```":
            found.append(Block(section, fence, start, "\n".join(lines[start - 1 : number - 1]) + "\n"))
            fence = ""
        elif not fence and (opened := re.fullmatch(r"```(\w+)", line)):
            fence, start = opened[1], number + 1
        elif not fence and (heading := re.fullmatch(r"##? (.+)", line)):
            section = heading[1]
        elif not fence and line.lstrip().startswith("```"):
            raise ValueError(f"line {number}: a block must open with ``` and the name of its language")
    if fence:
        raise ValueError(f"the block at line {start} is not closed")
    return found


def commands(text: str) -> list[str]:
    """Return the shell commands of a Markdown text: the lines of its `bash` blocks."""
    return [line for block in blocks(text) if block.language == "bash" for line in block.code.splitlines() if line]


def table_rows(text: str, section: str) -> list[list[str]]:
    """Return the cells of the rows, without the header, of the table in a section of second level."""
    start = text.index(f"\n## {section}\n") + 1
    body = text[start:].partition("\n## ")[0]
    lines = [line for line in body.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def main() -> None:
    """Copy the checkout and run the README's commands in the copy."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    copy = Path(sys.argv[1]).resolve()
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_MADE_HERE))
    for command in commands((copy / "README.md").read_text(encoding="utf-8")):
        print(f"$ {command}", flush=True)
        result = subprocess.run(["bash", "-c", command], cwd=copy, stdin=subprocess.DEVNULL)
        if result.returncode:
            sys.exit(f"a command of the README failed with status {result.returncode}: {command}")


if __name__ == "__main__":
    main()
