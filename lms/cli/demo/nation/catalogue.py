"""Five hundred courses: each topic in each setting, with short lessons, written by the service that freezes versions.

The texts are put together from sentences of the topic and of the setting. They read plausibly and are meant for
trying out search, facets and long lists, not for teaching.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from lms.cli.demo.nation.size import draws
from lms.cli.demo.nation.topics import SETTINGS, TOPICS, Setting, Topic
from lms.cli.demo.nation.units import AGENCY_SUFFIX, PROVINCE_SUFFIX, ROOT_AGENCY
from lms.competencies.queries import competency_ids
from lms.courses import services
from lms.courses.models import Course
from lms.courses.rules import check_course
from lms.courses.services.content import freeze_version, index_course
from lms.people.models import OrganisationalUnit

if TYPE_CHECKING:
    import random

    from lms.cli.demo.nation.parts import World

E_LEARNING: Final = 16  # the kind of learning in the national list, as all shipped courses have it
MINUTES_OF_JP: Final = 45


def owners(world: World) -> list[int]:
    """Return the agencies that give courses: that of the nation, of the provinces and of the regencies."""
    code = OrganisationalUnit.code
    query = (
        select(OrganisationalUnit.id)
        .where((code == ROOT_AGENCY) | code.endswith(PROVINCE_SUFFIX) | code.endswith(AGENCY_SUFFIX))
        .order_by(OrganisationalUnit.id)
    )
    return list(world.session.scalars(query))


def build(world: World) -> None:
    """Write as many courses as are missing, each with a frozen version, its self-study run and its search entry."""
    session, rng = world.session, draws(world.seed, "catalogue")
    services.load_jp_rules(session)
    known = competency_ids(session)
    missing = world.size.courses - (session.scalar(select(func.count()).select_from(Course)) or 0)
    # By settings first: a small catalogue then shows many topics.
    chosen = [(topic, setting) for setting in SETTINGS for topic in TOPICS][: max(0, missing)]
    agencies = owners(world)
    noon = datetime.combine(world.today, time(3), tzinfo=UTC)
    for topic, setting in chosen:
        document, texts = course_file(topic, setting, rng)
        given, faults = check_course(document, texts, known_competencies=frozenset(known))
        if given is None:
            raise ValueError(f"{document['code']}: {faults[0].place} {faults[0].text}")
        made_at = noon - timedelta(days=rng.randrange(420, 1_200))
        course = Course(code=given.code, family=given.family, owner_unit_id=rng.choice(agencies), created_at=made_at)
        session.add(course)
        session.flush()  # the version holds the id
        freeze_version(session, course, given, known=known, now=made_at)
        index_course(session, course, given)
        session.expunge_all()  # five hundred courses need not stay in memory
        world.advance(1)


def course_file(topic: Topic, setting: Setting, rng: random.Random) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a course as its file would hold it, and the texts of its lessons by file name."""
    jp = rng.choice((1, 2, 2, 3))
    lessons = _lessons(topic, setting, rng)
    shares = [jp * MINUTES_OF_JP // len(lessons)] * len(lessons)
    shares[-1] += jp * MINUTES_OF_JP - sum(shares)
    title = f"{topic.title} {setting.title}" if setting.slug not in {"dasar", "lanjut", "data"} else ""
    title = title or f"{topic.title}: {setting.title}"
    level = 1 if setting.slug == "dasar" else 3 if setting.slug in {"lanjut", "pengawas"} else 2
    document = {
        "format": "bina-course/1",
        "code": f"{topic.slug}-{setting.slug}",
        "title": title,
        "family": topic.family,
        "summary": f"Empat langkah untuk {topic.thing} bagi {topic.use}. Ada latihan di kantor sendiri.",
        "description": (
            f"Pelatihan singkat ini membahas {topic.thing}. {setting.scene}\n\n"
            f"Isinya {len(lessons)} materi pendek. Setiap materi ditutup dengan latihan.\n\n"
            "Ini pelatihan contoh untuk data percobaan."
        ),
        "audience": setting.audience,
        "siasn_kind": E_LEARNING,
        "jp": jp,
        "minutes": jp * MINUTES_OF_JP,
        "outcomes": [
            {
                "competency": topic.competency,
                "level": level,
                "text": f"Setelah pelatihan ini, Anda dapat mengerjakan {topic.thing} dengan empat langkah.",
            }
        ],
        "modules": [
            {
                "code": "m1",
                "title": topic.title,
                "lessons": [
                    {
                        "code": f"l{place:02}",
                        "title": name,
                        "file": f"lessons/{place:02}.md",
                        "minutes": shares[place - 1],
                    }
                    for place, (name, _text) in enumerate(lessons, 1)
                ],
            }
        ],
        "references": [],
    }
    return document, {f"lessons/{place:02}.md": text for place, (_name, text) in enumerate(lessons, 1)}


def _lessons(topic: Topic, setting: Setting, rng: random.Random) -> list[tuple[str, str]]:
    steps = "\n".join(f"{number}. **{step}.**" for number, step in enumerate(topic.steps, 1))
    first, second, third, fourth = (step[0].lower() + step[1:] for step in topic.steps)
    opening = rng.choice(
        (
            f"Pekerjaan ini untuk {topic.use}. Mulailah dari keadaan yang Anda lihat.",
            f"Banyak kantor sudah mengerjakan {topic.thing}. Hasilnya berbeda karena caranya berbeda.",
            f"Bayangkan {topic.use}. Apa yang mereka tunggu dari kantor Anda?",
        )
    )
    why = (
        f"{opening}\n\n## Keadaan di kantor\n\n{setting.scene}\n\n## Kekeliruan yang sering terjadi\n\n{topic.slip} "
        "Akibatnya baru terasa kemudian, saat orang lain memerlukan hasilnya.\n\n"
        f"## Tanda bahwa hasilnya baik\n\n{topic.sign} Simpan kalimat ini sebagai ukuran Anda.\n"
    )
    how = (
        f"Ada empat langkah. Kerjakan berurutan.\n\n{steps}\n\n## Dua langkah pertama\n\nAnda {first}. "
        f"Setelah itu, {second}. Keduanya memerlukan catatan yang rapi.\n\n## Dua langkah berikutnya\n\n"
        f"Lanjutkan: {third}. Terakhir, {fourth}. Jangan lewati langkah terakhir.\n"
    )
    practice = (
        f"Sekarang giliran Anda mencoba {topic.thing}.\n\n## Latihan\n\n{setting.task}\n\n"
        "## Periksa hasil Anda\n\n| Yang diperiksa | Sudah | Belum |\n|---|---|---|\n"
        + "".join(f"| {step} | | |\n" for step in topic.steps)
        + "\n## Bila belum berhasil\n\nKembali ke langkah pertama. Tanyakan kepada rekan yang biasa.\n"
    )
    found = [(f"Mengapa {topic.thing} penting", why), ("Empat langkah kerja", how)]
    if rng.random() < 0.4:
        talk = (
            f"Pekerjaan ini jarang selesai sendirian. {setting.scene}\n\n## Siapa yang diajak\n\n"
            f"- Atasan, untuk menyepakati hasilnya.\n- Rekan sekantor, untuk membagi tugas.\n- {topic.use[0].upper()}"
            f"{topic.use[1:]}, untuk menilai manfaatnya.\n\n## Kalimat pembuka\n\n> Kami ingin memperbaiki "
            f"{topic.thing}. Apa yang paling perlu diubah?\n"
        )
        found.append(("Bekerja bersama pihak lain", talk))
    return [*found, ("Latihan di kantor sendiri", practice)]
