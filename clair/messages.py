"""Compile the Japanese messages before anything is served or tested; no gettext is installed."""

import subprocess
import sys
from pathlib import Path

from clair.refusals import Refusal

ROOT = Path(__file__).resolve().parent.parent


def stale_catalogues(root: Path = ROOT) -> list[Path]:
    """The .po files whose .mo is missing or older."""
    return [
        catalogue
        for catalogue in sorted(root.glob("locale/*/LC_MESSAGES/*.po"))
        if not _is_fresh(catalogue)
    ]


def compile_stale(root: Path = ROOT) -> None:
    """Compile them by tools/messages.py, in a process of its own (Babel is slow to import)."""
    if not stale_catalogues(root):
        return
    done = subprocess.run(
        [sys.executable, "tools/messages.py", "compile"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(
            f"The messages in locale/ could not be compiled:\n{done.stderr.strip()}",
            "locale/ の翻訳を変換できませんでした。",
        )


def _is_fresh(catalogue: Path) -> bool:
    compiled = catalogue.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= catalogue.stat().st_mtime
