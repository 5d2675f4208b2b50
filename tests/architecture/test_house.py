"""House rules that a reader would forget: rooms, commits, permissions, start-up weight, words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LMS = ROOT / "lms"
FEATURES = (
    "people",
    "identity",
    "notifications",
    "competencies",
    "courses",
    "assessments",
    "mentoring",
    "certificates",
    "reporting",
)
ROOMS = {
    "__init__",
    "models",
    "events",
    "rules",
    "policies",
    "queries",
    "services",
    "forms",
    "views",
    "tasks",
    "cli",
}
# Forbidden synonyms as names of tables, classes or functions (architecture.md 2.4).
SYNONYMS = re.compile(
    r"^(?:class|def)\s+\w*(?:[Ee]nrollment|[Qq]uizz|[Bb]atch_run|[Dd]iploma|[Ss]kill|[Dd]epartment)\w*", re.MULTILINE
)


def _sources() -> list[Path]:
    return sorted(path for path in LMS.rglob("*.py") if "content" not in path.parts)


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_has_only_the_known_rooms(feature):
    rooms = {
        path.stem if path.is_file() else path.name for path in (LMS / feature).iterdir() if path.name != "__pycache__"
    }
    assert rooms <= ROOMS, f"unknown rooms: {sorted(rooms - ROOMS)}"


def test_only_the_kernel_commits_and_rolls_back():
    guilty = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if re.search(r"\.(?:commit|rollback)\(", path.read_text()) and path != LMS / "core" / "db.py"
    ]
    assert guilty == []


def test_side_transactions_belong_to_the_kernel_and_the_guard():
    allowed = {"core/db.py", "core/sessions.py", "core/limits.py", "core/audit.py", "web/guard.py", "web/once.py"}
    guilty = [
        str(path.relative_to(LMS))
        for path in _sources()
        if "side_transaction" in path.read_text() and str(path.relative_to(LMS)) not in allowed
    ]
    assert guilty == []


def test_rules_are_pure():
    forbidden = ("sqlalchemy", "flask", "lms.core")
    for feature in FEATURES:
        for path in [*(LMS / feature).glob("rules.py"), *(LMS / feature).glob("rules/*.py")]:
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                # Roles and permissions are values of the kernel; the law of identity is made of them.
                kept = {"lms.core.actor", "lms.core.text"} if feature == "identity" else set()
                assert not [n for n in names if n.startswith(forbidden) and n not in kept], f"{path}: {names}"


def test_every_route_states_who_may_come(app):
    from lms.web.guard import access_of

    silent = sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and access_of(app.view_functions[rule.endpoint]) is None
    )
    assert silent == []


def test_every_route_parameter_states_a_converter(app):
    for rule in app.url_map.iter_rules():
        for name in re.findall(r"<([^>]+)>", rule.rule):
            assert ":" in name, f"{rule.rule}: <{name}> has no converter"


def test_addresses_are_lower_case_and_carry_no_internal_number(app):
    for rule in app.url_map.iter_rules():
        fixed = re.sub(r"<[^>]+>", "", rule.rule)
        assert fixed == fixed.lower()
        if rule.endpoint.startswith("static"):
            continue
        assert not re.search(r"<int:(?:id|[a-z]+_id)>", rule.rule), rule.rule


def test_public_routes_are_the_known_few(app):
    from lms.web.guard import access_of

    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and (access_of(app.view_functions[rule.endpoint]) or ("", None))[0] == "public"
    }
    allowed = (
        "/",
        "/masuk",
        "/masuk/kode",
        "/aktivasi",
        "/keluar",
        "/v",
        "/verifikasi",
        "/bantuan",
        "/aksesibilitas",
        "/privasi",
        "/_/",
        "/robots.txt",
        "/favicon",
        "/manifest",
        "/static/",
        "/metrics",
        "/bahasa",
        "/tampilan",
        "/kalender/",  # a calendar program logs in nowhere: the address itself is the secret
    )
    unknown = sorted(r for r in public if r != "/" and not r.startswith(allowed[1:]))
    assert unknown == []


def test_start_up_leaves_the_heavy_libraries_alone():
    code = (
        "import sys; from lms.app import create_app; from lms.core.settings import Settings; import tempfile;"
        "create_app(Settings(env='test', home=tempfile.mkdtemp()));"
        "print([m for m in ('scipy', 'weasyprint', 'pyhanko', 'pikepdf') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_forbidden_synonyms_do_not_creep_in():
    guilty = {
        str(path.relative_to(ROOT)): match.group(0)
        for path in _sources()
        if (match := SYNONYMS.search(path.read_text()))
    }
    assert guilty == {}


def test_no_unfinished_business_is_left_in_the_code():
    words = re.compile(r"\b(?:TODO|FIXME|XXX)\b|raise NotImplementedError|[Ll]orem ipsum")
    guilty = [str(p.relative_to(ROOT)) for p in [*_sources(), *LMS.rglob("*.html")] if words.search(p.read_text())]
    assert guilty == []


def test_every_module_says_what_it_is():
    silent = [str(p.relative_to(ROOT)) for p in _sources() if not ast.get_docstring(ast.parse(p.read_text()))]
    assert silent == []


def test_imports_stand_at_the_top_but_for_the_heavy_ones():
    heavy = re.compile(
        r"^(PIL|weasyprint|scipy|pyhanko|pikepdf|pygal|granian|huey|psycopg|lokal|playwright|rich|smtplib|xlsxwriter|python_calamine|cryptography|alembic|lms)"
    )
    guilty = []
    for path in _sources():
        if "cli" in path.parts or path.name in {"cli.py", "app.py", "job_runner.py", "runtime.py"}:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom) and node.module and not heavy.match(node.module):
                        guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.module}")
                    if (
                        isinstance(node, ast.ImportFrom)
                        and node.module
                        and node.module.startswith("lms.")
                        and path.parent.name in FEATURES
                    ):
                        guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.module}")
    assert guilty == []
