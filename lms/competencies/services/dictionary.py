"""Taking in dictionaries and standards: read, compare, write; the same file again changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from lms.competencies import queries, rules
from lms.competencies.events import FrameworkImported
from lms.competencies.models import (
    Competency,
    CompetencyGroup,
    CompetencyRecord,
    CompetencyWording,
    Framework,
    PositionRequirement,
    ProficiencyLevel,
)
from lms.core import clock, sheets
from lms.core.actor import Actor, Permission
from lms.core.audit import record as record_audit
from lms.core.errors import Forbidden, Invalid
from lms.core.events import publish
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAX_BYTES = 8 << 20


@dataclass(slots=True)
class ImportReport:
    """What a file did, or would do.

    Args:
        kind: `framework` or `standards`.
        title: what the file is about.
        counts: `new, changed, same, retired` of competencies, or `new, changed, same, ended` of standards.
        faults: what is wrong; with faults nothing was written.
        version: version of the framework after the import.
        new_version: whether the file made a new version, because the text before it was in use.
    """

    kind: str
    title: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[rules.Fault] = field(default_factory=list)
    version: int | None = None
    new_version: bool = False

    @property
    def changes(self) -> int:
        """How many rows the file changes."""
        return sum(number for name, number in self.counts.items() if name != "same")


def unreadable(file_name: str, error: Invalid) -> rules.Fault:
    """Return the fault of a file that cannot be read at all."""
    return rules.Fault("berkas", file_name, str(error).rstrip("."), "simpan ulang berkasnya, lalu coba lagi")


def report_as_dict(report: ImportReport, *, dry_run: bool) -> dict[str, Any]:
    """Return a report as plain values for a program."""
    return {
        "kind": report.kind,
        "title": report.title,
        "counts": report.counts,
        "version": report.version,
        "new_version": report.new_version,
        "applied": not report.faults and not dry_run,
        "faults": [asdict(fault) for fault in report.faults],
    }


def import_framework(
    session: Session, actor: Actor, data: bytes, *, file_name: str, dry_run: bool = False
) -> ImportReport:
    """Take in a dictionary or standards from JSON or a spreadsheet.

    Shapes: our `kamus.json` and `standar.json`; a bare JSON list of `kode, nama, kelompok, definisi,
    level[…]` as official dictionaries are kept; XLSX, ODS or CSV with the columns kode, nama, kelompok,
    definisi, level, deskripsi, indikator. A file with a head is whole: what it leaves out is retired.
    A bare list or a spreadsheet adds to the dictionary in use and retires nothing.

    All faults are told at once; with one of them nothing is written. Text that is in use (there is evidence)
    is never overwritten, and nothing is ever deleted: the file makes a new version and keeps the old wording.

    Raises: Forbidden: without FRAMEWORK_MANAGE; Invalid: the file cannot be read at all.
    Concurrency: the rows of the framework in use are locked, so two imports follow one another.
    """
    if not (actor.is_system or actor.may(Permission.FRAMEWORK_MANAGE)):
        raise Forbidden(N_("Kamus kompetensi diurus BKPSDM. Mintalah kewenangan di sana."))
    parsed = _parse(data, file_name)
    if isinstance(parsed, dict) and "standards" in parsed:
        standards, faults = rules.read_standards(parsed)
        if standards is None:
            return ImportReport("standards", faults=faults)
        return _take_standards(session, actor, standards, dry_run=dry_run)
    if isinstance(parsed, _Rows):
        framework, faults = rules.read_framework_rows(parsed.rows)
    else:
        framework, faults = rules.read_framework(parsed)
    if framework is None:
        return ImportReport("framework", faults=faults)
    return _take_framework(session, actor, framework, dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: list[tuple[int, Mapping[str, Any]]]


def _parse(data: bytes, file_name: str) -> Any:
    if len(data) > MAX_BYTES:
        raise Invalid(N_("Berkas terlalu besar. Batasnya 8 MB."))
    head = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if head in {b"{", b"["}:
        try:
            return json.loads(data.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise Invalid(N_("Berkas JSON ini rusak. Periksa tanda kurung dan koma, lalu coba lagi.")) from error
    table = sheets.read_table(data, file_name, expect=rules.XLSX_COLUMNS)
    names = [" ".join(name.casefold().split()) for name in table.header]
    missing = [name for name in rules.XLSX_COLUMNS if name not in names]
    if missing:
        raise Invalid(N_("Kolom belum lengkap. Tambahkan: %(names)s.", names=", ".join(missing)))
    return _Rows([(row.number, dict(zip(names, row.cells, strict=False))) for row in table.rows])


# -- dictionaries -------------------------------------------------------------------------


def _take_framework(session: Session, actor: Actor, text: rules.FrameworkText, *, dry_run: bool) -> ImportReport:
    current = _current(session, text)
    report = ImportReport("framework", title=text.name or (current.name if current else ""))
    if current is None and not text.code:
        report.faults.append(
            rules.Fault("berkas", "", "belum ada kamus untuk ditambah", "impor dulu kamus yang memuat kode dan nama")
        )
        return report
    clashes = _clashes(session, text, current)
    if clashes:
        report.faults += clashes
        return report
    held = {} if current is None else _held(session, current)
    changed = [one for one in text.competencies if one.code in held and held[one.code].differs(one)]
    fresh = [one for one in text.competencies if one.code not in held]
    listed = {one.code for one in text.competencies}
    retired = [row for code, row in held.items() if text.is_complete and code not in listed]
    report.counts = {
        "new": len(fresh),
        "changed": len(changed),
        "same": len(text.competencies) - len(fresh) - len(changed),
        "retired": len(retired),
    }
    head_differs = current is not None and bool(text.code) and _head_differs(current, text)
    # What others refer to is never deleted: retirement always closes a version.
    used = current is not None and (bool(retired) or (bool(changed) and _is_used(session, current)))
    report.new_version = used
    report.version = (current.version if current else 0) + (used or current is None)
    if dry_run or not (report.changes or head_differs or current is None):
        return report
    framework = _framework_row(session, current, text, new_version=used)
    if used and current is not None:
        _keep_wordings(session, held, changed, retired, old=current, new=framework)
    for order, one in enumerate(text.competencies, 1):
        _write_competency(session, framework, one, held.get(one.code), order=order if text.is_complete else None)
    session.flush()  # the event and the audit row name the framework
    report.version = framework.version
    record_audit(
        session,
        actor,
        action="framework.import",
        subject=("framework", framework.id),
        after={**report.counts, "code": framework.code, "version": framework.version},
    )
    publish(session, FrameworkImported(framework.id, framework.version))
    return report


@dataclass(frozen=True, slots=True)
class _Held:
    row: Competency
    levels: dict[int, ProficiencyLevel]

    def differs(self, text: rules.CompetencyText) -> bool:
        """Return whether a file says something else than the database."""
        row = self.row
        if (row.name, row.group, row.definition) != (text.name, text.group, text.definition):
            return True
        if text.short_name and row.short_name != text.short_name:
            return True
        return any(
            (held := self.levels.get(level.level)) is None
            or (held.description, tuple(held.indicators)) != (level.description, level.indicators)
            or held.name != level.name
            for level in text.levels
        )


def _current(session: Session, text: rules.FrameworkText) -> Framework | None:
    """Return the framework in use that the file is about: by its code, or for a bare list the newest."""
    query = select(Framework).where(Framework.valid_to_on.is_(None)).order_by(Framework.id.desc()).with_for_update()
    if text.code:
        query = query.where(Framework.code == text.code)
        return session.scalars(query).first()
    # A bare list is about the dictionary that holds most of its codes.
    codes = {one.code for one in text.competencies}
    found = list(session.scalars(query))
    held = session.execute(select(Competency.framework_id, Competency.code).where(Competency.code.in_(codes)))
    owners = [framework_id for framework_id, _code in held]
    return max(found, key=lambda one: (owners.count(one.id), one.id), default=None)


def _clashes(session: Session, text: rules.FrameworkText, current: Framework | None) -> list[rules.Fault]:
    query = (
        select(Competency.code, Framework.code)
        .join(Framework, Framework.id == Competency.framework_id)
        .where(Framework.valid_to_on.is_(None), Competency.code.in_([one.code for one in text.competencies]))
    )
    if current is not None:
        query = query.where(Framework.id != current.id)
    return [
        rules.Fault(f"kompetensi {code}", code, f"kode ini sudah dipakai kamus {owner}", "beri kode lain")
        for code, owner in session.execute(query)
    ]


def _held(session: Session, framework: Framework) -> dict[str, _Held]:
    rows = list(session.scalars(select(Competency).where(Competency.framework_id == framework.id)))
    levels: dict[int, dict[int, ProficiencyLevel]] = {row.id: {} for row in rows}
    for level in session.scalars(
        select(ProficiencyLevel)
        .join(Competency, Competency.id == ProficiencyLevel.competency_id)
        .where(Competency.framework_id == framework.id)
    ):
        levels[level.competency_id][level.level] = level
    return {row.code: _Held(row, levels[row.id]) for row in rows}


def _head_differs(current: Framework, text: rules.FrameworkText) -> bool:
    return (current.name, current.edition, current.legal_basis) != (text.name, text.edition, text.legal_basis)


def _is_used(session: Session, framework: Framework) -> bool:
    """Return whether somebody was measured against this version's text."""
    return bool(
        session.scalar(
            select(
                exists()
                .where(CompetencyRecord.competency_id == Competency.id)
                .where(Competency.framework_id == framework.id)
            )
        )
    )


def _today() -> date:
    return clock.local_day(clock.now(), clock.DEFAULT_ZONE)


def _framework_row(
    session: Session, current: Framework | None, text: rules.FrameworkText, *, new_version: bool
) -> Framework:
    if current is not None and not new_version:
        if text.code:
            current.name, current.edition, current.legal_basis = text.name, text.edition, text.legal_basis
        return current
    since = text.valid_from_on or _today()
    if current is not None:
        # The text in use holds until today: a file cannot say what people were measured against before.
        since = max(since, _today(), current.valid_from_on)
        current.valid_to_on = since
    framework = Framework(
        code=text.code or (current.code if current else ""),
        version=1 if current is None else current.version + 1,
        edition=text.edition,
        name=text.name or (current.name if current else ""),
        legal_basis=text.legal_basis or (current.legal_basis if current else ""),
        valid_from_on=since,
    )
    session.add(framework)
    session.flush()  # competencies need its id
    return framework


def _keep_wordings(
    session: Session,
    held: Mapping[str, _Held],
    changed: Sequence[rules.CompetencyText],
    retired: Sequence[_Held],
    *,
    old: Framework,
    new: Framework,
) -> None:
    """Keep the text before it is replaced, and move what goes on to the new version."""
    gone = {one.row.id for one in retired}
    for one in changed:
        before = held[one.code]
        session.add(
            CompetencyWording(
                framework_id=old.id,
                competency_id=before.row.id,
                name=before.row.name,
                definition=before.row.definition,
                levels=[
                    {
                        "level": n,
                        "name": level.name,
                        "description": level.description,
                        "indicators": list(level.indicators),
                    }
                    for n, level in sorted(before.levels.items())
                ],
            )
        )
    for one_held in held.values():
        if one_held.row.id not in gone:
            one_held.row.framework_id = new.id
    for one_held in retired:  # a standard ends with its competency
        for standard in session.scalars(
            select(PositionRequirement).where(
                PositionRequirement.competency_id == one_held.row.id,
                PositionRequirement.valid_to_on.is_(None),
            )
        ):
            standard.valid_to_on = max(new.valid_from_on, date.fromordinal(standard.valid_from_on.toordinal() + 1))


def _write_competency(
    session: Session,
    framework: Framework,
    text: rules.CompetencyText,
    held: _Held | None,
    *,
    order: int | None,
) -> None:
    if held is None:
        last = (
            order
            if order is not None
            else 1
            + max(
                session.scalars(select(Competency.position_order).where(Competency.framework_id == framework.id)),
                default=0,
            )
        )
        row = Competency(
            framework_id=framework.id,
            code=text.code,
            name=text.name,
            short_name=text.short_name,
            group=CompetencyGroup(text.group),
            definition=text.definition,
            position_order=last,
        )
        session.add(row)
        session.flush()  # levels need its id
        levels: dict[int, ProficiencyLevel] = {}
    else:
        row, levels = held.row, held.levels
        row.name, row.group, row.definition = text.name, CompetencyGroup(text.group), text.definition
        row.short_name = text.short_name or row.short_name
        if order is not None:
            row.position_order = order
    for level in text.levels:
        found = levels.get(level.level)
        if found is None:
            session.add(
                ProficiencyLevel(
                    competency_id=row.id,
                    level=level.level,
                    name=level.name,
                    description=level.description,
                    indicators=list(level.indicators),
                )
            )
        else:
            found.name, found.description, found.indicators = (
                level.name,
                level.description,
                list(level.indicators),
            )


# -- standards ----------------------------------------------------------------------------


def _take_standards(session: Session, actor: Actor, text: rules.StandardsText, *, dry_run: bool) -> ImportReport:
    report = ImportReport("standards", title=text.framework, counts={"new": 0, "changed": 0, "same": 0, "ended": 0})
    ids = queries.competency_ids(session)
    report.faults += [
        rules.Fault(
            f"jabatan {standard.role_key}, {code}",
            str(level),
            "kode tidak ada dalam kamus",
            "impor dulu kamusnya, atau betulkan kodenya",
        )
        for standard in text.standards
        for code, level in standard.levels
        if code not in ids
    ]
    if report.faults:
        return report
    steps: list[tuple[str, PositionRequirement | None, tuple[str, int, int, str]]] = []
    for standard in text.standards:
        wanted = {ids[code]: level for code, level in standard.levels}
        steps += _steps(session, standard, wanted, text.valid_from_on, report)
    if report.faults or dry_run or not report.changes:
        return report
    for act, held, (role_key, competency_id, level, basis) in steps:
        if act == "rewrite" and held is not None:
            held.level, held.legal_basis = level, basis
            continue
        if held is not None:
            held.valid_to_on = text.valid_from_on
        if act == "add":
            session.flush()  # the old row ends before the new one begins
            session.add(
                PositionRequirement(
                    role_key=role_key,
                    competency_id=competency_id,
                    level=level,
                    valid_from_on=text.valid_from_on,
                    legal_basis=basis,
                )
            )
    record_audit(
        session,
        actor,
        action="standard.import",
        subject=("position_requirement", None),
        after=dict(report.counts),
    )
    return report


def _steps(
    session: Session,
    standard: rules.StandardText,
    wanted: Mapping[int, int],
    since: date,
    report: ImportReport,
) -> list[tuple[str, PositionRequirement | None, tuple[str, int, int, str]]]:
    """Return what turns the standards of one kind of position into the wanted ones."""
    held = {
        row.competency_id: row
        for row in session.scalars(
            select(PositionRequirement)
            .where(PositionRequirement.role_key == standard.role_key, PositionRequirement.valid_to_on.is_(None))
            .with_for_update()
        )
    }
    steps: list[tuple[str, PositionRequirement | None, tuple[str, int, int, str]]] = []
    for competency_id in sorted(set(wanted) | set(held)):
        row, level = held.get(competency_id), wanted.get(competency_id)
        values = (standard.role_key, competency_id, level or 0, standard.legal_basis)
        if row is not None and level == row.level:
            report.counts["same"] += 1
        elif row is None:
            report.counts["new"] += 1
            steps.append(("add", None, values))
        elif row.valid_from_on < since:
            report.counts["ended" if level is None else "changed"] += 1
            steps.append(("end" if level is None else "add", row, values))
        elif row.valid_from_on == since and level is not None and not _standard_used(session, row):
            report.counts["changed"] += 1
            steps.append(("rewrite", row, values))
        else:
            report.faults.append(
                rules.Fault(
                    f"jabatan {standard.role_key}",
                    since.isoformat(),
                    f"standar sejak {row.valid_from_on.isoformat()} sudah dipakai atau lebih baru",
                    "beri tanggal berlaku (valid_from) sesudah itu",
                )
            )
    return steps


def _standard_used(session: Session, row: PositionRequirement) -> bool:
    """Return whether evidence was compared with this standard."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    CompetencyRecord.role_key == row.role_key,
                    CompetencyRecord.competency_id == row.competency_id,
                    CompetencyRecord.assessed_on >= row.valid_from_on,
                )
            )
        )
    )
