"""Acts on people, units, imports and partners; none of them commits."""

from lms.people.services.employees import EmployeeData, VersionConflict, change_employee, create_employee
from lms.people.services.employments import TransferData, end_employment, follow_jobs, transfer_employee
from lms.people.services.imports import (
    BATCH_ROWS,
    apply_batch,
    begin_apply,
    begin_undo,
    preview_import,
    purge_import_rows,
    read_personnel_file,
    undo_batch,
)
from lms.people.services.partners import AgreementData, PartnerData, save_partner
from lms.people.services.structure import add_position, add_unit
from lms.people.services.structure_file import StructureResult, load_structure, structure_template

__all__ = [
    "BATCH_ROWS",
    "AgreementData",
    "EmployeeData",
    "PartnerData",
    "StructureResult",
    "TransferData",
    "VersionConflict",
    "add_position",
    "add_unit",
    "apply_batch",
    "begin_apply",
    "begin_undo",
    "change_employee",
    "create_employee",
    "end_employment",
    "follow_jobs",
    "load_structure",
    "preview_import",
    "purge_import_rows",
    "read_personnel_file",
    "save_partner",
    "structure_template",
    "transfer_employee",
    "undo_batch",
]
