"""Least valid rows of frameworks, competencies, standards and evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime

import factory

from lms.competencies.models import (
    Competency,
    CompetencyGroup,
    CompetencyRecord,
    EvidenceKind,
    EvidenceSource,
    Framework,
    PositionRequirement,
    ProficiencyLevel,
)
from lms.core.db import current_session
from tests.factories.people import Rows

RECORDED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


class FrameworkFactory(Rows):
    class Meta:
        model = Framework

    code = factory.Sequence(lambda n: f"SKJ-{n}")
    name = "Kamus Percobaan"
    valid_from_on = date(2020, 1, 1)


class CompetencyFactory(Rows):
    """A competency with its five levels; `framework=` names its dictionary."""

    class Meta:
        model = Competency

    class Params:
        framework = factory.SubFactory(FrameworkFactory)

    framework_id = factory.LazyAttribute(lambda o: o.framework.id)
    code = factory.Sequence(lambda n: f"T.{n:03d}")
    name = factory.Sequence(lambda n: f"Kompetensi Percobaan {n}")
    group = CompetencyGroup.TEKNIS
    definition = "Kemampuan melayani warga dengan cepat dan tepat."
    position_order = factory.Sequence(lambda n: n)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        row = super()._create(model_class, *args, **kwargs)
        session = current_session()
        session.add_all(
            ProficiencyLevel(
                competency_id=row.id,
                level=level,
                name=f"Tingkat {level}",
                description=f"Mampu melakukan tugas tingkat {level}.",
                indicators=[f"Menyelesaikan berkas tingkat {level} tanpa salah."],
            )
            for level in range(1, 6)
        )
        session.flush()
        return row


class RequirementFactory(Rows):
    class Meta:
        model = PositionRequirement

    class Params:
        competency = factory.SubFactory(CompetencyFactory)

    role_key = "pelaksana-umum"
    competency_id = factory.LazyAttribute(lambda o: o.competency.id)
    level = 2
    valid_from_on = date(2020, 1, 1)


class RecordFactory(Rows):
    """An appraisal; `employee=` and `competency=` are needed."""

    class Meta:
        model = CompetencyRecord

    class Params:
        employee = None
        competency = None

    employee_id = factory.LazyAttribute(lambda o: o.employee.id)
    competency_id = factory.LazyAttribute(lambda o: o.competency.id)
    level = 2
    kind = EvidenceKind.APPRAISAL
    source = EvidenceSource.SUPERVISOR
    strength = 2
    assessed_on = date(2026, 3, 12)
    recorded_at = RECORDED
    unique_key = factory.Sequence(lambda n: f"test:{n}")
