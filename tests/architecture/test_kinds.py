"""Adding an item kind is adding one module: nothing else may list the kinds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from lms.assessments.rules import kind_names

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "lms" / "assessments" / "rules" / "kinds"


def test_no_module_outside_the_folder_branches_on_newer_kinds():
    newer = "calculated|categorising|matching|ordering|situational|hotspot"
    named = re.compile(rf"""["'](?:{newer})["']""")
    allowed = {"formats", "demo"}
    guilty = [
        str(path.relative_to(ROOT))
        for path in [*(ROOT / "lms").rglob("*.py"), *(ROOT / "lms" / "templates").rglob("*.html")]
        if HOME not in path.parents and not allowed & set(path.parts) and named.search(path.read_text())
    ]
    assert guilty == []


def test_a_new_module_in_the_folder_is_a_kind_everywhere(tmp_path):
    """A copy of the package with one more module knows the new kind, its form and its question."""
    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from lms.assessments.rules import kinds
kinds.__path__.append({str(tmp_path)!r})
kinds._discover()
from lms.assessments.rules import kind_names, kind_of
from lms.app import create_app
from lms.assessments.views.shown import kind_words
kind = kind_of("echo")
assert "echo" in kind_names() and kind.mark({{}}, {{"text": "ya"}}) == 1
print(",".join(kind_names()))
"""
    (tmp_path / "echo.py").write_text(
        "from fractions import Fraction\n"
        "from lms.assessments.rules.kinds.base import Kind, Question, register\n"
        "class Echo(Kind):\n"
        "    name, label = 'echo', 'Gema'\n"
        "    def mark(self, body, payload, order=()):\n"
        "        return Fraction(int((payload or {}).get('text') == 'ya'))\n"
        "register(Echo())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ",".join(sorted([*kind_names(), "echo"]))
