"""The page on paper and its figures as pictures, made by the Chrome or Chromium of this machine."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from simkit.errors import BadInput
from simkit.writing import write_whole

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "SIMKIT_CHROME"
LIMIT_S = 300.0
OPTIONS = [
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic", "--virtual-time-budget=60000"),
]
PICTURES = Path(__file__).parent / "template" / "pictures.js"


def find_browser() -> str:
    """Return the browser's program: what SIMKIT_CHROME names, else the first of NAMES. Errors: BadInput."""
    given = os.environ.get(VARIABLE, "")
    if given:
        found = shutil.which(given)
        if found is None:
            raise BadInput(f"{VARIABLE}: there is no program {given!r}; give the path of Chrome or Chromium")
        return found
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    raise BadInput(
        f"no Chrome or Chromium found to draw with; install one (Debian: apt install chromium), name it in "
        f"{VARIABLE}, or print the page from any browser"
    )


def print_pdf(page: Path, out: Path) -> Path:
    """Print a page to a PDF file and return it. Errors: BadInput."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "page.pdf"
        _run(page, scratch, "--no-pdf-header-footer", f"--print-to-pdf={made}")
        if not made.is_file():
            raise BadInput(f"{out}: the browser printed nothing; print {str(page)!r} from a browser instead")
        _copy(made.read_bytes(), out)
    return out


def save_figures(page: Path, folder: Path) -> list[Path]:
    """Write every figure as PNG, three pixels a point on white, as SVG, and its data. Errors: BadInput."""
    with tempfile.TemporaryDirectory() as scratch:
        drawn = Path(scratch) / "page.html"
        text = page.read_text(encoding="utf-8")
        script = PICTURES.read_text(encoding="utf-8")
        drawn.write_text(text.replace("</body>", f"<script>\n{script}</script>\n</body>"), encoding="utf-8")
        document = _run(drawn, scratch, "--dump-dom")
    found = re.search(r'<pre id="pictures">(.*?)</pre>', document, re.DOTALL)
    if found is None:
        raise BadInput(f"{folder}: the browser drew nothing; save the pictures from {str(page)!r} instead")
    written = []
    for name, (png, svg, data) in json.loads(html.unescape(found[1])).items():
        for kind, content in (("png", base64.b64decode(png)), ("svg", svg.encode()), ("csv", data.encode())):
            path = folder / f"{name}.{kind}"
            _copy(content, path)
            written.append(path)
    return written


def _run(page: Path, scratch: str, *what: str) -> str:
    """Return what a browser of its own, with an empty profile, prints for a page."""
    command = [find_browser(), *OPTIONS, f"--user-data-dir={scratch}/profile", *what, page.resolve().as_uri()]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # Chrome's sandbox refuses the superuser
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        raise BadInput(f"{command[0]}: did not answer within {LIMIT_S:.0f} s; try again") from None
    except OSError as error:
        raise BadInput(f"{command[0]}: cannot be started ({error.strerror}); set {VARIABLE}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BadInput(f"{command[0]}: failed with exit code {done.returncode} ({last}); set {VARIABLE}")
    return done.stdout


def _copy(content: bytes, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}); give another place") from None
