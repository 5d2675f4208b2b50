"""Import into banks: drafts with a report, made banks, the same file again, pictures, the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from lms.assessments import services
from lms.assessments.cli import group
from lms.assessments.models import Item, ItemFile, ItemState, ItemVersion, QuestionBank
from lms.core.actor import Actor
from lms.core.errors import Invalid
from tests.factories.people import UnitFactory

FIXTURES = Path(__file__).parent / "fixtures"
WHO = Actor(account_id=None, employee_id=None, name="uji")


def put(session, data, now, **changes):
    values = {"bank_code": "B-1", "unit_id": UnitFactory().id, "now": now} | changes
    return services.import_items(session, WHO, data, **values)


def test_items_arrive_as_drafts_with_pictures_and_again_change_nothing(session, now):
    data = (FIXTURES / "moodle.xml").read_bytes()
    first = put(session, data, now)
    assert (first.bank_action, first.counts) == ("made", {"read": 7, "changed": 2, "left_out": 2})
    assert {item.state for item in session.scalars(select(Item))} == {ItemState.DRAFT}
    picture = session.scalars(select(ItemFile)).one()
    stems = session.scalars(select(ItemVersion.stem_html)).all()
    assert any(f'src="/berkas-soal/{picture.public_id}"' in stem for stem in stems)
    again = put(session, data, now)
    assert {item.action for item in again.items if item.status != "left_out"} == {"same"}
    assert session.scalar(select(func.count(ItemVersion.id))) == 9
    assert services.recompute(session).differences == []


def test_a_code_that_is_there_gets_a_new_version_and_loses_its_review(session, now):
    put(session, b"// [id:A]\nSiapa? {=Lurah}", now)
    item = session.scalars(select(Item)).one()
    item.state, item.reviewed_at = ItemState.READY, now
    session.flush()
    result = put(session, b"// [id:A]\nSiapa dia? {=Lurah}", now)
    assert [(one.code, one.action) for one in result.items] == [("A", "changed")]
    assert (item.state, item.reviewed_at) == (ItemState.DRAFT, None)


def test_a_trial_names_the_bank_and_writes_nothing(session, now):
    result = put(session, b"Siapa? {=Lurah}", now, dry_run=True)
    assert (result.bank, result.bank_action, result.counts["read"]) == ("B-1", "made", 1)
    assert session.scalar(select(func.count(QuestionBank.id))) == 0


def test_unknown_competencies_are_named_not_dropped(session, now):
    result = put(session, b"// [id:A] [tag:kompetensi:Z.99]\nSiapa? {=Lurah}", now)
    assert result.items[0].status == "changed"
    assert "Z.99" in result.items[0].notes[0]


def test_a_file_that_cannot_be_read_is_refused(session, now):
    with pytest.raises(Invalid):
        put(session, b"\x00\x01", now)
    with pytest.raises(Invalid):
        put(session, b"Siapa? {=Lurah}", now, bank_code=" ")


def test_what_is_exported_is_what_was_imported(session, now):
    put(session, (FIXTURES / "moodle.xml").read_bytes(), now)
    bank_id = session.scalars(select(QuestionBank.id)).one()
    data, ending, lost = services.export_bank(session, bank_id, "moodle")
    assert (ending, set(lost)) == ("xml", set())
    again = put(session, data, now)
    assert {item.action for item in again.items if item.status == "read"} == {"same"}
    assert again.counts["left_out"] == 0


def test_the_commands_tell_each_item_and_answer_with_their_exit(app, session, tmp_path):
    UnitFactory()
    session.commit()
    runner = CliRunner()
    dry = runner.invoke(group, ["import", str(FIXTURES / "soal.gift"), "--bank", "GIFT", "--dry-run", "--json"])
    told = json.loads(dry.output)
    assert dry.exit_code == 0, dry.output
    assert (told["format"], told["bank_action"], len(told["items"])) == ("gift", "made", 13)
    assert all(one["reason"] for one in told["items"] if one["status"] == "left_out")
    real = runner.invoke(group, ["import", str(FIXTURES / "soal.gift"), "--bank", "GIFT"])
    assert "2 dilewati" in real.output
    out = tmp_path / "keluar.json"
    assert runner.invoke(group, ["export", "--bank", "GIFT", "--format", "bina", str(out)]).exit_code == 0
    assert len(json.loads(out.read_text())["items"]) == 11
    assert runner.invoke(group, ["export", "--bank", "TIADA", str(out)]).exit_code == 1
    bad = tmp_path / "rusak.xml"
    bad.write_text("<quiz>")
    broken = runner.invoke(group, ["import", str(bad), "--bank", "GIFT", "--json"])
    assert broken.exit_code == 1
    assert "error" in json.loads(broken.output)
