"""Found the tables.

Reason: the first release; every table of the kernel and of the features.
Expected run time on a large installation: under a second, the database is empty.

Revision: 0001
After: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table('audit_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('on_behalf_of_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('subject_kind', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('before', sa.JSON(), nullable=True),
    sa.Column('after', sa.JSON(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('request_id', sa.String(length=26), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_person_id_id'), ['person_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_subject_kind_subject_id_id'), ['subject_kind', 'subject_id', 'id'], unique=False)

    op.create_table('audit_seal',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('first_entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('last_entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_seal'))
    )
    op.create_table('certificate_template',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('file_name', sa.String(length=80), nullable=False),
    sa.Column('number_pattern', sa.String(length=80), nullable=False),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_template')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_certificate_template_code_version'))
    )
    op.create_table('framework',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('edition', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('legal_basis', sa.String(length=300), nullable=False),
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_framework')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_framework_code_version')),
    sa.UniqueConstraint('public_id', name=op.f('uq_framework_public_id'))
    )
    op.create_table('installation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('demo_seed', sa.Integer(), nullable=True),
    sa.Column('demo_scale', sa.String(length=20), nullable=True),
    sa.Column('demo_parts', sa.JSON(), nullable=False),
    sa.Column('demo_as_of_on', sa.Date(), nullable=True),
    sa.Column('demo_built_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('id = 1', name=op.f('ck_installation_single')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installation'))
    )
    op.create_table('jp_rule',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('learning_form', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('basis', sa.String(length=20), nullable=False),
    sa.Column('jp_per_basis', sa.Integer(), nullable=True),
    sa.Column('max_jp_per_day', sa.Integer(), nullable=True),
    sa.Column('max_sessions_per_month', sa.Integer(), nullable=True),
    sa.Column('counts_towards_target', sa.Boolean(), nullable=False),
    sa.Column('legal_basis', sa.String(length=300), nullable=False),
    sa.Column('mark', sa.String(length=12), nullable=False),
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jp_rule')),
    sa.UniqueConstraint('learning_form', 'valid_from_on', name=op.f('uq_jp_rule_learning_form_valid_from_on'))
    )
    op.create_table('jp_target',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('employee_status', sa.String(length=32), nullable=False),
    sa.Column('direction', sa.String(length=10), nullable=False),
    sa.Column('amount_jp', sa.Integer(), nullable=False),
    sa.Column('year_kind', sa.String(length=10), nullable=False),
    sa.Column('legal_basis', sa.String(length=300), nullable=False),
    sa.Column('mark', sa.String(length=12), nullable=False),
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jp_target')),
    sa.UniqueConstraint('employee_status', 'valid_from_on', name=op.f('uq_jp_target_employee_status_valid_from_on'))
    )
    op.create_table('login_throttle',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('failed_count', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_login_throttle'))
    )
    with op.batch_alter_table('login_throttle', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_throttle_last_at'), ['last_at'], unique=False)

    op.create_table('number_counter',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('series', sa.String(length=60), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('last_number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_number_counter')),
    sa.UniqueConstraint('series', 'year', name=op.f('uq_number_counter_series_year'))
    )
    op.create_table('one_time_key',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('result_url', sa.String(length=500), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_key')),
    sa.UniqueConstraint('account_id', 'key', name=op.f('uq_one_time_key_account_id_key'))
    )
    with op.batch_alter_table('one_time_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_one_time_key_used_at'), ['used_at'], unique=False)

    op.create_table('organisational_unit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.Enum('region', 'agency', 'kecamatan', 'kelurahan', 'other', name='unitkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('path', sa.String(length=200), nullable=False),
    sa.Column('region_code', sa.String(length=13), nullable=True),
    sa.Column('timezone', sa.String(length=40), nullable=False),
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.CheckConstraint('valid_to_on IS NULL OR valid_to_on > valid_from_on', name=op.f('ck_organisational_unit_validity')),
    sa.ForeignKeyConstraint(['parent_id'], ['organisational_unit.id'], name=op.f('fk_organisational_unit_parent_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisational_unit')),
    sa.UniqueConstraint('code', name=op.f('uq_organisational_unit_code')),
    sa.UniqueConstraint('external_id', name=op.f('uq_organisational_unit_external_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_organisational_unit_public_id'))
    )
    with op.batch_alter_table('organisational_unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_organisational_unit_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index('ix_organisational_unit_path_pattern', ['path'], unique=False, postgresql_ops={'path': 'text_pattern_ops'})

    op.create_table('outbox_job',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task', sa.String(length=80), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('unique_key', sa.String(length=160), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('run_after', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.Column('parked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_job')),
    sa.UniqueConstraint('unique_key', name=op.f('uq_outbox_job_unique_key'))
    )
    with op.batch_alter_table('outbox_job', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_job_due', ['done_at', 'parked_at', 'run_after', 'id'], unique=False)

    op.create_table('outgoing_mail',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('to_address', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body_text', sa.Text(), nullable=False),
    sa.Column('body_html', sa.Text(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing_mail'))
    )
    with op.batch_alter_table('outgoing_mail', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outgoing_mail_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outgoing_mail_created_at'), ['created_at'], unique=False)

    op.create_table('partner_organisation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.Enum('university', 'ngo', 'government', 'company', name='partnerkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('contact', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_organisation')),
    sa.UniqueConstraint('code', name=op.f('uq_partner_organisation_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_partner_organisation_public_id'))
    )
    op.create_table('rate_counter',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('window_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('hit_count', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', 'window_at', name=op.f('pk_rate_counter'))
    )
    with op.batch_alter_table('rate_counter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rate_counter_expires_at'), ['expires_at'], unique=False)

    op.create_table('competency',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('framework_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('short_name', sa.String(length=60), nullable=False),
    sa.Column('group', sa.Enum('manajerial', 'sosial_kultural', 'teknis', 'pemerintahan', name='competencygroup', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('definition', sa.Text(), nullable=False),
    sa.Column('position_order', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['framework_id'], ['framework.id'], name=op.f('fk_competency_framework_id_framework')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_competency')),
    sa.UniqueConstraint('framework_id', 'code', name=op.f('uq_competency_framework_id_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_competency_public_id'))
    )
    with op.batch_alter_table('competency', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_competency_code'), ['code'], unique=False)

    op.create_table('course',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('family', sa.String(length=30), nullable=False),
    sa.Column('owner_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('partner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('current_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('is_listed', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['current_version_id'], ['course_version.id'], name='fk_course_current_version', use_alter=True),
    sa.ForeignKeyConstraint(['owner_unit_id'], ['organisational_unit.id'], name=op.f('fk_course_owner_unit_id_organisational_unit')),
    sa.ForeignKeyConstraint(['partner_id'], ['partner_organisation.id'], name=op.f('fk_course_partner_id_partner_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course')),
    sa.UniqueConstraint('code', name=op.f('uq_course_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_course_public_id'))
    )
    op.create_table('partner_agreement',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('partner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('scope', sa.String(length=500), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.CheckConstraint('ends_on > starts_on', name=op.f('ck_partner_agreement_dates')),
    sa.ForeignKeyConstraint(['partner_id'], ['partner_organisation.id'], name=op.f('fk_partner_agreement_partner_id_partner_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_agreement'))
    )
    with op.batch_alter_table('partner_agreement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_partner_agreement_partner_id'), ['partner_id'], unique=False)

    op.create_table('position',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.Enum('jpt_pratama', 'administrator', 'pengawas', 'pelaksana', 'fungsional', name='positionkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('role_key', sa.String(length=60), nullable=False),
    sa.Column('echelon', sa.String(length=10), nullable=True),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('is_head', sa.Boolean(), nullable=False),
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.CheckConstraint('valid_to_on IS NULL OR valid_to_on > valid_from_on', name=op.f('ck_position_validity')),
    sa.ForeignKeyConstraint(['unit_id'], ['organisational_unit.id'], name=op.f('fk_position_unit_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_position')),
    sa.UniqueConstraint('code', name=op.f('uq_position_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_position_public_id'))
    )
    with op.batch_alter_table('position', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_position_external_id'), ['external_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_position_role_key'), ['role_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_position_unit_id'), ['unit_id'], unique=False)

    op.create_table('competency_wording',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('framework_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('competency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('definition', sa.Text(), nullable=False),
    sa.Column('levels', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['competency_id'], ['competency.id'], name=op.f('fk_competency_wording_competency_id_competency')),
    sa.ForeignKeyConstraint(['framework_id'], ['framework.id'], name=op.f('fk_competency_wording_framework_id_framework')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_competency_wording')),
    sa.UniqueConstraint('framework_id', 'competency_id', name=op.f('uq_competency_wording_framework_id_competency_id'))
    )
    with op.batch_alter_table('competency_wording', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_competency_wording_competency_id'), ['competency_id'], unique=False)

    op.create_table('course_version',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('course_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', 'retired', name='versionstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('summary', sa.String(length=300), nullable=False),
    sa.Column('description_md', sa.Text(), nullable=False),
    sa.Column('description_html', sa.Text(), nullable=False),
    sa.Column('audience', sa.String(length=300), nullable=False),
    sa.Column('learning_form', sa.Integer(), nullable=False),
    sa.Column('credit_jp', sa.Integer(), nullable=False),
    sa.Column('duration_minutes', sa.Integer(), nullable=False),
    sa.Column('content_digest', sa.String(length=64), nullable=False),
    sa.Column('content_bytes', sa.Integer(), nullable=False),
    sa.Column('references', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('credit_jp >= 0 AND duration_minutes >= 0', name=op.f('ck_course_version_amounts')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_version_course_id_course')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_version')),
    sa.UniqueConstraint('course_id', 'number', name=op.f('uq_course_version_course_id_number')),
    sa.UniqueConstraint('public_id', name=op.f('uq_course_version_public_id'))
    )
    op.create_table('employee',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('title_before', sa.String(length=60), nullable=False),
    sa.Column('title_after', sa.String(length=80), nullable=False),
    sa.Column('gender', sa.String(length=1), nullable=True),
    sa.Column('birth_on', sa.Date(), nullable=True),
    sa.Column('status', sa.Enum('pns', 'cpns', 'pppk', 'pppk_paruh_waktu', 'non_asn', 'external', name='employeestatus', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('legal_status', sa.String(length=2), nullable=False),
    sa.Column('rank_code', sa.String(length=4), nullable=True),
    sa.Column('rank_name', sa.String(length=60), nullable=True),
    sa.Column('education', sa.String(length=60), nullable=True),
    sa.Column('email', sa.String(length=200), nullable=True),
    sa.Column('phone', sa.String(length=30), nullable=True),
    sa.Column('appointed_on', sa.Date(), nullable=True),
    sa.Column('contract_from_on', sa.Date(), nullable=True),
    sa.Column('partner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['partner_id'], ['partner_organisation.id'], name=op.f('fk_employee_partner_id_partner_organisation')),
    sa.ForeignKeyConstraint(['position_id'], ['position.id'], name=op.f('fk_employee_position_id_position')),
    sa.ForeignKeyConstraint(['unit_id'], ['organisational_unit.id'], name=op.f('fk_employee_unit_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employee')),
    sa.UniqueConstraint('external_id', name=op.f('uq_employee_external_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_employee_public_id'))
    )
    with op.batch_alter_table('employee', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_employee_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_employee_position_id'), ['position_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_employee_unit_id'), ['unit_id'], unique=False)

    op.create_table('position_requirement',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role_key', sa.String(length=60), nullable=False),
    sa.Column('competency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.Column('legal_basis', sa.String(length=300), nullable=False),
    sa.CheckConstraint('level BETWEEN 1 AND 5', name=op.f('ck_position_requirement_level')),
    sa.CheckConstraint('valid_to_on IS NULL OR valid_to_on > valid_from_on', name=op.f('ck_position_requirement_validity')),
    sa.ForeignKeyConstraint(['competency_id'], ['competency.id'], name=op.f('fk_position_requirement_competency_id_competency')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_position_requirement')),
    sa.UniqueConstraint('role_key', 'competency_id', 'valid_from_on', name=op.f('uq_position_requirement_role_key_competency_id_valid_from_on'))
    )
    with op.batch_alter_table('position_requirement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_position_requirement_competency_id'), ['competency_id'], unique=False)

    op.create_table('proficiency_level',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('competency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('indicators', sa.JSON(), nullable=False),
    sa.CheckConstraint('level BETWEEN 1 AND 5', name=op.f('ck_proficiency_level_level')),
    sa.ForeignKeyConstraint(['competency_id'], ['competency.id'], name=op.f('fk_proficiency_level_competency_id_competency')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proficiency_level')),
    sa.UniqueConstraint('competency_id', 'level', name=op.f('uq_proficiency_level_competency_id_level'))
    )
    op.create_table('question_bank',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('course_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('owner_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_question_bank_course_id_course')),
    sa.ForeignKeyConstraint(['owner_unit_id'], ['organisational_unit.id'], name=op.f('fk_question_bank_owner_unit_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_bank')),
    sa.UniqueConstraint('code', name=op.f('uq_question_bank_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_question_bank_public_id'))
    )
    with op.batch_alter_table('question_bank', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_bank_course_id'), ['course_id'], unique=False)

    op.create_table('account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('login', sa.String(length=60), nullable=True),
    sa.Column('state', sa.Enum('pending', 'active', 'disabled', name='accountstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('password_changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('activation_hash', sa.String(length=64), nullable=True),
    sa.Column('activation_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('totp_secret', sa.LargeBinary(), nullable=True),
    sa.Column('totp_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('totp_last_step', sa.Integer(), nullable=True),
    sa.Column('failed_count', sa.Integer(), nullable=False),
    sa.Column('last_failed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_login_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('locale', sa.String(length=5), nullable=False),
    sa.Column('theme', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_account_employee_id_employee')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('employee_id', name=op.f('uq_account_employee_id')),
    sa.UniqueConstraint('login', name=op.f('uq_account_login')),
    sa.UniqueConstraint('public_id', name=op.f('uq_account_public_id'))
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_activation_hash'), ['activation_hash'], unique=False)

    op.create_table('assessment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('course_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.Enum('pretest', 'quiz', 'exam', name='assessmentkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('instructions', sa.Text(), nullable=False),
    sa.Column('bank_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('draw_count', sa.Integer(), nullable=False),
    sa.Column('time_limit_minutes', sa.Integer(), nullable=False),
    sa.Column('pass_percent', sa.Integer(), nullable=False),
    sa.Column('attempts_max', sa.Integer(), nullable=False),
    sa.Column('delay_days', sa.Integer(), nullable=False),
    sa.Column('shuffles_options', sa.Boolean(), nullable=False),
    sa.Column('needs_lessons', sa.Boolean(), nullable=False),
    sa.CheckConstraint('attempts_max >= 1', name=op.f('ck_assessment_attempts_max')),
    sa.CheckConstraint('pass_percent BETWEEN 0 AND 100', name=op.f('ck_assessment_pass_percent')),
    sa.CheckConstraint('time_limit_minutes >= 1', name=op.f('ck_assessment_time_limit')),
    sa.ForeignKeyConstraint(['bank_id'], ['question_bank.id'], name=op.f('fk_assessment_bank_id_question_bank')),
    sa.ForeignKeyConstraint(['course_version_id'], ['course_version.id'], name=op.f('fk_assessment_course_version_id_course_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment')),
    sa.UniqueConstraint('course_version_id', 'code', name=op.f('uq_assessment_course_version_id_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_assessment_public_id'))
    )
    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assessment_course_version_id'), ['course_version_id'], unique=False)

    op.create_table('certificate',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('number', sa.String(length=80), nullable=False),
    sa.Column('series', sa.String(length=60), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('serial_number', sa.Integer(), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('course_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('course_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('enrolment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('template_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.Enum('issued', 'revoked', 'replaced', name='certificatestate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('snapshot', sa.JSON(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_until_on', sa.Date(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_reason', sa.Text(), nullable=False),
    sa.Column('replaces_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('pdf_digest', sa.String(length=64), nullable=True),
    sa.Column('pdf_made_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unique_key', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_certificate_employee_id_employee')),
    sa.ForeignKeyConstraint(['replaces_id'], ['certificate.id'], name=op.f('fk_certificate_replaces_id_certificate')),
    sa.ForeignKeyConstraint(['template_id'], ['certificate_template.id'], name=op.f('fk_certificate_template_id_certificate_template')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate')),
    sa.UniqueConstraint('code', name=op.f('uq_certificate_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_certificate_public_id')),
    sa.UniqueConstraint('series', 'year', 'serial_number', name=op.f('uq_certificate_series_year_serial_number')),
    sa.UniqueConstraint('unique_key', name=op.f('uq_certificate_unique_key'))
    )
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificate_employee_id_issued_at'), ['employee_id', 'issued_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_issued_at_id'), ['issued_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_replaces_id'), ['replaces_id'], unique=False)

    op.create_table('competency_record',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('competency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('self', 'appraisal', 'measurement', name='evidencekind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('source', sa.Enum('course', 'assessment', 'supervisor', 'self', 'mentoring', 'assessment_centre', 'prior_learning', 'import', name='evidencesource', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('source_label', sa.String(length=240), nullable=False),
    sa.Column('source_kind', sa.String(length=40), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('strength', sa.Integer(), nullable=False),
    sa.Column('assessed_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('assessor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('role_key', sa.String(length=60), nullable=True),
    sa.Column('required_level', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('corrects_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('is_void', sa.Boolean(), nullable=False),
    sa.Column('unique_key', sa.String(length=120), nullable=False),
    sa.CheckConstraint('level BETWEEN 0 AND 5', name=op.f('ck_competency_record_level')),
    sa.CheckConstraint('strength BETWEEN 1 AND 5', name=op.f('ck_competency_record_strength')),
    sa.ForeignKeyConstraint(['assessor_id'], ['employee.id'], name=op.f('fk_competency_record_assessor_id_employee')),
    sa.ForeignKeyConstraint(['competency_id'], ['competency.id'], name=op.f('fk_competency_record_competency_id_competency')),
    sa.ForeignKeyConstraint(['corrects_id'], ['competency_record.id'], name=op.f('fk_competency_record_corrects_id_competency_record')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_competency_record_employee_id_employee')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_competency_record')),
    sa.UniqueConstraint('public_id', name=op.f('uq_competency_record_public_id')),
    sa.UniqueConstraint('unique_key', name=op.f('uq_competency_record_unique_key'))
    )
    with op.batch_alter_table('competency_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_competency_record_employee_id_competency_id_assessed_on_id'), ['employee_id', 'competency_id', 'assessed_on', 'id'], unique=False)
        batch_op.create_index('uq_competency_record_corrects', ['corrects_id'], unique=True, sqlite_where=sa.text('corrects_id IS NOT NULL'), postgresql_where=sa.text('corrects_id IS NOT NULL'))

    op.create_table('course_outcome',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('course_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('competency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('is_main', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['competency_id'], ['competency.id'], name=op.f('fk_course_outcome_competency_id_competency')),
    sa.ForeignKeyConstraint(['course_version_id'], ['course_version.id'], name=op.f('fk_course_outcome_course_version_id_course_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_outcome')),
    sa.UniqueConstraint('course_version_id', 'competency_id', name=op.f('uq_course_outcome_course_version_id_competency_id'))
    )
    with op.batch_alter_table('course_outcome', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_outcome_competency_id'), ['competency_id'], unique=False)

    op.create_table('employee_number',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=18), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_employee_number_employee_id_employee')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employee_number')),
    sa.UniqueConstraint('number', name=op.f('uq_employee_number_number'))
    )
    with op.batch_alter_table('employee_number', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_employee_number_employee_id'), ['employee_id'], unique=False)
        batch_op.create_index('uq_employee_number_current', ['employee_id'], unique=True, sqlite_where=sa.text('valid_to_on IS NULL'), postgresql_where=sa.text('valid_to_on IS NULL'))

    op.create_table('employment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Enum('definitif', 'plt', 'plh', 'tambahan', name='employmentkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('is_main', sa.Boolean(), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('decree', sa.String(length=120), nullable=False),
    sa.CheckConstraint('ended_on IS NULL OR ended_on >= started_on', name=op.f('ck_employment_dates')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_employment_employee_id_employee')),
    sa.ForeignKeyConstraint(['position_id'], ['position.id'], name=op.f('fk_employment_position_id_position')),
    sa.ForeignKeyConstraint(['unit_id'], ['organisational_unit.id'], name=op.f('fk_employment_unit_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employment')),
    sa.UniqueConstraint('public_id', name=op.f('uq_employment_public_id'))
    )
    with op.batch_alter_table('employment', schema=None) as batch_op:
        batch_op.create_index('ix_employment_employee_current', ['employee_id', 'ended_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_employment_position_id'), ['position_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_employment_unit_id'), ['unit_id'], unique=False)
        batch_op.create_index('uq_employment_main', ['employee_id'], unique=True, sqlite_where=sa.text('is_main AND ended_on IS NULL'), postgresql_where=sa.text('is_main AND ended_on IS NULL'))

    op.create_table('item',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('bank_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('state', sa.Enum('draft', 'ready', 'retired', name='itemstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('uses', sa.JSON(), nullable=False),
    sa.Column('current_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['bank_id'], ['question_bank.id'], name=op.f('fk_item_bank_id_question_bank')),
    sa.ForeignKeyConstraint(['current_version_id'], ['item_version.id'], name='fk_item_current_version', use_alter=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item')),
    sa.UniqueConstraint('bank_id', 'code', name=op.f('uq_item_bank_id_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_item_public_id'))
    )
    op.create_table('jp_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rule_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('learning_form', sa.Integer(), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=240), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('proposed_jp', sa.Integer(), nullable=False),
    sa.Column('credited_jp', sa.Integer(), nullable=False),
    sa.Column('cut_reason', sa.String(length=240), nullable=False),
    sa.Column('source_kind', sa.String(length=40), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('counter_to_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('cost_amount', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('cost_currency', sa.String(length=3), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('unique_key', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['counter_to_id'], ['jp_entry.id'], name=op.f('fk_jp_entry_counter_to_id_jp_entry')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_jp_entry_employee_id_employee')),
    sa.ForeignKeyConstraint(['rule_id'], ['jp_rule.id'], name=op.f('fk_jp_entry_rule_id_jp_rule')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jp_entry')),
    sa.UniqueConstraint('public_id', name=op.f('uq_jp_entry_public_id')),
    sa.UniqueConstraint('unique_key', name=op.f('uq_jp_entry_unique_key'))
    )
    with op.batch_alter_table('jp_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_jp_entry_employee_id_year_held_on'), ['employee_id', 'year', 'held_on'], unique=False)

    op.create_table('module',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('course_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('position_order', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['course_version_id'], ['course_version.id'], name=op.f('fk_module_course_version_id_course_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_module')),
    sa.UniqueConstraint('course_version_id', 'code', name=op.f('uq_module_course_version_id_code'))
    )
    op.create_table('notice',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.String(length=1000), nullable=False),
    sa.Column('url', sa.String(length=300), nullable=False),
    sa.Column('unique_key', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_notice_employee_id_employee')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('public_id', name=op.f('uq_notice_public_id')),
    sa.UniqueConstraint('unique_key', name=op.f('uq_notice_unique_key'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_employee_id_read_at_id'), ['employee_id', 'read_at', 'id'], unique=False)

    op.create_table('offering',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('course_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('course_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('owner_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('is_self_study', sa.Boolean(), nullable=False),
    sa.Column('needs_approval', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'open', 'closed', 'cancelled', name='offeringstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('enrol_from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('enrol_until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('instructor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('days_to_finish', sa.Integer(), nullable=True),
    sa.CheckConstraint('capacity IS NULL OR capacity >= 1', name=op.f('ck_offering_capacity')),
    sa.CheckConstraint('ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on', name=op.f('ck_offering_dates')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_offering_course_id_course')),
    sa.ForeignKeyConstraint(['course_version_id'], ['course_version.id'], name=op.f('fk_offering_course_version_id_course_version')),
    sa.ForeignKeyConstraint(['instructor_id'], ['employee.id'], name=op.f('fk_offering_instructor_id_employee')),
    sa.ForeignKeyConstraint(['owner_unit_id'], ['organisational_unit.id'], name=op.f('fk_offering_owner_unit_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offering')),
    sa.UniqueConstraint('code', name=op.f('uq_offering_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_offering_public_id'))
    )
    with op.batch_alter_table('offering', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_offering_course_id'), ['course_id'], unique=False)

    op.create_table('pairing',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('mentor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mentee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('competency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('goal_level', sa.Integer(), nullable=True),
    sa.Column('goal', sa.String(length=400), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('state', sa.Enum('active', 'ended', name='pairingstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('rhythm_days', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.String(length=300), nullable=False),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_pairing_dates')),
    sa.CheckConstraint('mentor_id <> mentee_id', name=op.f('ck_pairing_not_self')),
    sa.ForeignKeyConstraint(['competency_id'], ['competency.id'], name=op.f('fk_pairing_competency_id_competency')),
    sa.ForeignKeyConstraint(['created_by_id'], ['employee.id'], name=op.f('fk_pairing_created_by_id_employee')),
    sa.ForeignKeyConstraint(['mentee_id'], ['employee.id'], name=op.f('fk_pairing_mentee_id_employee')),
    sa.ForeignKeyConstraint(['mentor_id'], ['employee.id'], name=op.f('fk_pairing_mentor_id_employee')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pairing')),
    sa.UniqueConstraint('public_id', name=op.f('uq_pairing_public_id'))
    )
    with op.batch_alter_table('pairing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pairing_mentee_id_state'), ['mentee_id', 'state'], unique=False)
        batch_op.create_index('uq_pairing_active', ['mentor_id', 'mentee_id'], unique=True, sqlite_where=sa.text("state = 'active'"), postgresql_where=sa.text("state = 'active'"))

    op.create_table('personnel_import',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('file_digest', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('parsed', 'applying', 'applied', 'undoing', 'undone', 'refused', name='importstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('imported_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('progress_count', sa.Integer(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('dropped_columns', sa.JSON(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['imported_by_id'], ['employee.id'], name=op.f('fk_personnel_import_imported_by_id_employee')),
    sa.ForeignKeyConstraint(['unit_id'], ['organisational_unit.id'], name=op.f('fk_personnel_import_unit_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_personnel_import')),
    sa.UniqueConstraint('public_id', name=op.f('uq_personnel_import_public_id'))
    )
    with op.batch_alter_table('personnel_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_personnel_import_file_digest'), ['file_digest'], unique=False)

    op.create_table('reading_note',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reader_employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('page', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['employee.id'], name=op.f('fk_reading_note_person_id_employee')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading_note'))
    )
    with op.batch_alter_table('reading_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reading_note_person_id'), ['person_id'], unique=False)

    op.create_table('stored_file',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size_bytes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('owner_employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['owner_employee_id'], ['employee.id'], name=op.f('fk_stored_file_owner_employee_id_employee')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_file')),
    sa.UniqueConstraint('digest', name=op.f('uq_stored_file_digest'))
    )
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stored_file_owner_employee_id'), ['owner_employee_id'], unique=False)

    op.create_table('access_grant',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.Enum('pegawai', 'mentor', 'koordinator', 'atasan', 'hr', 'instruktur', 'admin', name='role', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('granted_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_access_grant_dates')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_access_grant_account_id_account')),
    sa.ForeignKeyConstraint(['granted_by_id'], ['employee.id'], name=op.f('fk_access_grant_granted_by_id_employee')),
    sa.ForeignKeyConstraint(['unit_id'], ['organisational_unit.id'], name=op.f('fk_access_grant_unit_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_grant')),
    sa.UniqueConstraint('public_id', name=op.f('uq_access_grant_public_id'))
    )
    with op.batch_alter_table('access_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_grant_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_access_grant_unit_id'), ['unit_id'], unique=False)

    op.create_table('delegation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('from_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('to_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.Enum('pegawai', 'mentor', 'koordinator', 'atasan', 'hr', 'instruktur', 'admin', name='role', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Enum('plt', 'plh', name='delegationkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('letter', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_delegation_dates')),
    sa.CheckConstraint('from_account_id <> to_account_id', name=op.f('ck_delegation_not_self')),
    sa.ForeignKeyConstraint(['from_account_id'], ['account.id'], name=op.f('fk_delegation_from_account_id_account')),
    sa.ForeignKeyConstraint(['to_account_id'], ['account.id'], name=op.f('fk_delegation_to_account_id_account')),
    sa.ForeignKeyConstraint(['unit_id'], ['organisational_unit.id'], name=op.f('fk_delegation_unit_id_organisational_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation')),
    sa.UniqueConstraint('public_id', name=op.f('uq_delegation_public_id'))
    )
    with op.batch_alter_table('delegation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delegation_from_account_id'), ['from_account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_delegation_to_account_id'), ['to_account_id'], unique=False)

    op.create_table('item_version',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('stem_md', sa.Text(), nullable=False),
    sa.Column('stem_html', sa.Text(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('explanation', sa.Text(), nullable=False),
    sa.Column('reference', sa.String(length=300), nullable=False),
    sa.Column('lesson_code', sa.String(length=60), nullable=False),
    sa.Column('competency_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('level', sa.Integer(), nullable=True),
    sa.Column('difficulty', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['competency_id'], ['competency.id'], name=op.f('fk_item_version_competency_id_competency')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_version_item_id_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_version')),
    sa.UniqueConstraint('item_id', 'number', name=op.f('uq_item_version_item_id_number'))
    )
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_version_competency_id'), ['competency_id'], unique=False)

    op.create_table('jp_day',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('learning_form', sa.Integer(), nullable=False),
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('counted_minutes', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_jp_day_employee_id_employee')),
    sa.ForeignKeyConstraint(['entry_id'], ['jp_entry.id'], name=op.f('fk_jp_day_entry_id_jp_entry')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jp_day')),
    sa.UniqueConstraint('entry_id', 'day_on', name=op.f('uq_jp_day_entry_id_day_on'))
    )
    with op.batch_alter_table('jp_day', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_jp_day_employee_id_learning_form_day_on'), ['employee_id', 'learning_form', 'day_on'], unique=False)

    op.create_table('lesson',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('module_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('position_order', sa.Integer(), nullable=False),
    sa.Column('duration_minutes', sa.Integer(), nullable=False),
    sa.Column('body_md', sa.Text(), nullable=False),
    sa.Column('body_html', sa.Text(), nullable=False),
    sa.Column('headings', sa.JSON(), nullable=False),
    sa.Column('page_bytes', sa.Integer(), nullable=False),
    sa.Column('sanitiser', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['module_id'], ['module.id'], name=op.f('fk_lesson_module_id_module')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lesson')),
    sa.UniqueConstraint('module_id', 'code', name=op.f('uq_lesson_module_id_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_lesson_public_id'))
    )
    op.create_table('login_session',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_shared_computer', sa.Boolean(), nullable=False),
    sa.Column('device', sa.String(length=120), nullable=False),
    sa.Column('address', sa.String(length=60), nullable=False),
    sa.Column('second_factor_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_half', sa.Boolean(), nullable=False),
    sa.Column('awake_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_login_session_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_session')),
    sa.UniqueConstraint('public_id', name=op.f('uq_login_session_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_login_session_token_hash'))
    )
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_session_account_id'), ['account_id'], unique=False)

    op.create_table('personnel_import_row',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('import_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('row_number', sa.Integer(), nullable=False),
    sa.Column('action', sa.Enum('new', 'changed', 'moved', 'same', 'leaving', 'bad', name='importaction', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('label', sa.String(length=240), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_personnel_import_row_employee_id_employee')),
    sa.ForeignKeyConstraint(['import_id'], ['personnel_import.id'], name=op.f('fk_personnel_import_row_import_id_personnel_import'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_personnel_import_row')),
    sa.UniqueConstraint('import_id', 'row_number', name=op.f('uq_personnel_import_row_import_id_row_number'))
    )
    with op.batch_alter_table('personnel_import_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_personnel_import_row_import_id_action_id'), ['import_id', 'action', 'id'], unique=False)

    op.create_table('recovery_code',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_recovery_code_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code'))
    )
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_code_account_id'), ['account_id'], unique=False)

    op.create_table('session_log',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('pairing_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('client_id', sa.String(length=80), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('medium', sa.Enum('tatap_muka', 'daring', 'telepon', name='sessionmedium', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('topics', sa.JSON(), nullable=False),
    sa.Column('discussion', sa.Text(), nullable=False),
    sa.Column('next_step', sa.String(length=400), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=True),
    sa.Column('private_note', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.Enum('recorded', 'confirmed', 'disputed', 'cancelled', name='sessionstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mentee_note', sa.String(length=500), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_session_log_times')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairing.id'], name=op.f('fk_session_log_pairing_id_pairing')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_log')),
    sa.UniqueConstraint('pairing_id', 'client_id', name=op.f('uq_session_log_pairing_id_client_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_session_log_public_id'))
    )
    with op.batch_alter_table('session_log', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_log_pairing_id_starts_at'), ['pairing_id', 'starts_at'], unique=False)

    op.create_table('enrolment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('offering_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.Enum('requested', 'active', 'completed', 'failed', 'withdrawn', 'refused', name='enrolmentstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decision_reason', sa.String(length=300), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('last_lesson_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['decided_by_id'], ['employee.id'], name=op.f('fk_enrolment_decided_by_id_employee')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_enrolment_employee_id_employee')),
    sa.ForeignKeyConstraint(['last_lesson_id'], ['lesson.id'], name=op.f('fk_enrolment_last_lesson_id_lesson')),
    sa.ForeignKeyConstraint(['offering_id'], ['offering.id'], name=op.f('fk_enrolment_offering_id_offering')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolment')),
    sa.UniqueConstraint('offering_id', 'employee_id', name=op.f('uq_enrolment_offering_id_employee_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_enrolment_public_id'))
    )
    with op.batch_alter_table('enrolment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enrolment_employee_id_state'), ['employee_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_enrolment_offering_id_state'), ['offering_id', 'state'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('assessment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('enrolment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('employee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('open', 'submitted', 'expired', name='attemptstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('graded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('score', sa.Float(), nullable=True),
    sa.Column('max_score', sa.Float(), nullable=True),
    sa.Column('percent', sa.Float(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_attempt_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['employee_id'], ['employee.id'], name=op.f('fk_attempt_employee_id_employee')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_attempt_enrolment_id_enrolment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt')),
    sa.UniqueConstraint('assessment_id', 'enrolment_id', 'number', name=op.f('uq_attempt_assessment_id_enrolment_id_number')),
    sa.UniqueConstraint('public_id', name=op.f('uq_attempt_public_id'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_employee_id_state'), ['employee_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempt_enrolment_id'), ['enrolment_id'], unique=False)
        batch_op.create_index('uq_attempt_open', ['assessment_id', 'enrolment_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('learning_day',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('enrolment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_learning_day_enrolment_id_enrolment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_learning_day')),
    sa.UniqueConstraint('enrolment_id', 'day_on', name=op.f('uq_learning_day_enrolment_id_day_on'))
    )
    op.create_table('lesson_progress',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('enrolment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lesson_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('anchor', sa.String(length=80), nullable=False),
    sa.Column('scroll_permille', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_lesson_progress_enrolment_id_enrolment')),
    sa.ForeignKeyConstraint(['lesson_id'], ['lesson.id'], name=op.f('fk_lesson_progress_lesson_id_lesson')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lesson_progress')),
    sa.UniqueConstraint('enrolment_id', 'lesson_id', name=op.f('uq_lesson_progress_enrolment_id_lesson_id'))
    )
    with op.batch_alter_table('lesson_progress', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lesson_progress_lesson_id'), ['lesson_id'], unique=False)

    op.create_table('attempt_item',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position_order', sa.Integer(), nullable=False),
    sa.Column('item_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('option_order', sa.JSON(), nullable=False),
    sa.Column('payload', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('is_flagged', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('has_conflict', sa.Boolean(), nullable=False),
    sa.Column('mark', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_attempt_item_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_attempt_item_item_version_id_item_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt_item')),
    sa.UniqueConstraint('attempt_id', 'position_order', name=op.f('uq_attempt_item_attempt_id_position_order')),
    sa.UniqueConstraint('public_id', name=op.f('uq_attempt_item_public_id'))
    )
    with op.batch_alter_table('attempt_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_item_item_version_id'), ['item_version_id'], unique=False)

    op.create_table('response_log',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('client_id', sa.String(length=80), nullable=False),
    sa.Column('base_revision', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('payload', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('is_flagged', sa.Boolean(), nullable=False),
    sa.Column('is_applied', sa.Boolean(), nullable=False),
    sa.Column('in_grace', sa.Boolean(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_response_log_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['attempt_item_id'], ['attempt_item.id'], name=op.f('fk_response_log_attempt_item_id_attempt_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_response_log')),
    sa.UniqueConstraint('attempt_item_id', 'client_id', name=op.f('uq_response_log_attempt_item_id_client_id'))
    )
    with op.batch_alter_table('response_log', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_response_log_attempt_id_id'), ['attempt_id', 'id'], unique=False)

    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.create_foreign_key('fk_course_current_version', 'course_version', ['current_version_id'], ['id'], use_alter=True)

    with op.batch_alter_table('item', schema=None) as batch_op:
        batch_op.create_foreign_key('fk_item_current_version', 'item_version', ['current_version_id'], ['id'], use_alter=True)



def downgrade() -> None:
    """Bring the schema down."""
    with op.batch_alter_table('item', schema=None) as batch_op:
        batch_op.drop_constraint('fk_item_current_version', type_='foreignkey')

    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.drop_constraint('fk_course_current_version', type_='foreignkey')

    with op.batch_alter_table('response_log', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_response_log_attempt_id_id'))

    op.drop_table('response_log')
    with op.batch_alter_table('attempt_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_item_item_version_id'))

    op.drop_table('attempt_item')
    with op.batch_alter_table('lesson_progress', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lesson_progress_lesson_id'))

    op.drop_table('lesson_progress')
    op.drop_table('learning_day')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index('uq_attempt_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index(batch_op.f('ix_attempt_enrolment_id'))
        batch_op.drop_index(batch_op.f('ix_attempt_employee_id_state'))

    op.drop_table('attempt')
    with op.batch_alter_table('enrolment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_enrolment_offering_id_state'))
        batch_op.drop_index(batch_op.f('ix_enrolment_employee_id_state'))

    op.drop_table('enrolment')
    with op.batch_alter_table('session_log', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_session_log_pairing_id_starts_at'))

    op.drop_table('session_log')
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_code_account_id'))

    op.drop_table('recovery_code')
    with op.batch_alter_table('personnel_import_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_personnel_import_row_import_id_action_id'))

    op.drop_table('personnel_import_row')
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_login_session_account_id'))

    op.drop_table('login_session')
    op.drop_table('lesson')
    with op.batch_alter_table('jp_day', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_jp_day_employee_id_learning_form_day_on'))

    op.drop_table('jp_day')
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_version_competency_id'))

    op.drop_table('item_version')
    with op.batch_alter_table('delegation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_delegation_to_account_id'))
        batch_op.drop_index(batch_op.f('ix_delegation_from_account_id'))

    op.drop_table('delegation')
    with op.batch_alter_table('access_grant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_access_grant_unit_id'))
        batch_op.drop_index(batch_op.f('ix_access_grant_account_id'))

    op.drop_table('access_grant')
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stored_file_owner_employee_id'))

    op.drop_table('stored_file')
    with op.batch_alter_table('reading_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reading_note_person_id'))

    op.drop_table('reading_note')
    with op.batch_alter_table('personnel_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_personnel_import_file_digest'))

    op.drop_table('personnel_import')
    with op.batch_alter_table('pairing', schema=None) as batch_op:
        batch_op.drop_index('uq_pairing_active', sqlite_where=sa.text("state = 'active'"), postgresql_where=sa.text("state = 'active'"))
        batch_op.drop_index(batch_op.f('ix_pairing_mentee_id_state'))

    op.drop_table('pairing')
    with op.batch_alter_table('offering', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_offering_course_id'))

    op.drop_table('offering')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_employee_id_read_at_id'))

    op.drop_table('notice')
    op.drop_table('module')
    with op.batch_alter_table('jp_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_jp_entry_employee_id_year_held_on'))

    op.drop_table('jp_entry')
    op.drop_table('item')
    with op.batch_alter_table('employment', schema=None) as batch_op:
        batch_op.drop_index('uq_employment_main', sqlite_where=sa.text('is_main AND ended_on IS NULL'), postgresql_where=sa.text('is_main AND ended_on IS NULL'))
        batch_op.drop_index(batch_op.f('ix_employment_unit_id'))
        batch_op.drop_index(batch_op.f('ix_employment_position_id'))
        batch_op.drop_index('ix_employment_employee_current')

    op.drop_table('employment')
    with op.batch_alter_table('employee_number', schema=None) as batch_op:
        batch_op.drop_index('uq_employee_number_current', sqlite_where=sa.text('valid_to_on IS NULL'), postgresql_where=sa.text('valid_to_on IS NULL'))
        batch_op.drop_index(batch_op.f('ix_employee_number_employee_id'))

    op.drop_table('employee_number')
    with op.batch_alter_table('course_outcome', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_outcome_competency_id'))

    op.drop_table('course_outcome')
    with op.batch_alter_table('competency_record', schema=None) as batch_op:
        batch_op.drop_index('uq_competency_record_corrects', sqlite_where=sa.text('corrects_id IS NOT NULL'), postgresql_where=sa.text('corrects_id IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_competency_record_employee_id_competency_id_assessed_on_id'))

    op.drop_table('competency_record')
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certificate_replaces_id'))
        batch_op.drop_index(batch_op.f('ix_certificate_issued_at_id'))
        batch_op.drop_index(batch_op.f('ix_certificate_employee_id_issued_at'))

    op.drop_table('certificate')
    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assessment_course_version_id'))

    op.drop_table('assessment')
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_account_activation_hash'))

    op.drop_table('account')
    with op.batch_alter_table('question_bank', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_bank_course_id'))

    op.drop_table('question_bank')
    op.drop_table('proficiency_level')
    with op.batch_alter_table('position_requirement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_position_requirement_competency_id'))

    op.drop_table('position_requirement')
    with op.batch_alter_table('employee', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_employee_unit_id'))
        batch_op.drop_index(batch_op.f('ix_employee_position_id'))
        batch_op.drop_index(batch_op.f('ix_employee_name'))

    op.drop_table('employee')
    op.drop_table('course_version')
    with op.batch_alter_table('competency_wording', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_competency_wording_competency_id'))

    op.drop_table('competency_wording')
    with op.batch_alter_table('position', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_position_unit_id'))
        batch_op.drop_index(batch_op.f('ix_position_role_key'))
        batch_op.drop_index(batch_op.f('ix_position_external_id'))

    op.drop_table('position')
    with op.batch_alter_table('partner_agreement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_partner_agreement_partner_id'))

    op.drop_table('partner_agreement')
    op.drop_table('course')
    with op.batch_alter_table('competency', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_competency_code'))

    op.drop_table('competency')
    with op.batch_alter_table('rate_counter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rate_counter_expires_at'))

    op.drop_table('rate_counter')
    op.drop_table('partner_organisation')
    with op.batch_alter_table('outgoing_mail', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outgoing_mail_created_at'))
        batch_op.drop_index(batch_op.f('ix_outgoing_mail_account_id'))

    op.drop_table('outgoing_mail')
    with op.batch_alter_table('outbox_job', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_job_due')

    op.drop_table('outbox_job')
    with op.batch_alter_table('organisational_unit', schema=None) as batch_op:
        batch_op.drop_index('ix_organisational_unit_path_pattern', postgresql_ops={'path': 'text_pattern_ops'})
        batch_op.drop_index(batch_op.f('ix_organisational_unit_parent_id'))

    op.drop_table('organisational_unit')
    with op.batch_alter_table('one_time_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_one_time_key_used_at'))

    op.drop_table('one_time_key')
    op.drop_table('number_counter')
    with op.batch_alter_table('login_throttle', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_login_throttle_last_at'))

    op.drop_table('login_throttle')
    op.drop_table('jp_target')
    op.drop_table('jp_rule')
    op.drop_table('installation')
    op.drop_table('framework')
    op.drop_table('certificate_template')
    op.drop_table('audit_seal')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entry_subject_kind_subject_id_id'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_person_id_id'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_action'))

    op.drop_table('audit_entry')
