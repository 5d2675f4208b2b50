"""Acts on certificates; each runs in the caller's transaction."""

from lms.certificates.services.badges import (
    badge_png,
    badge_svg,
    credential_json,
    credential_jwt,
    draw_with_credential,
    has_lists,
    issuer_profile,
    status_document,
)
from lms.certificates.services.expiry import remind_expiring
from lms.certificates.services.issuing import issue_certificate, issue_for_enrolment
from lms.certificates.services.keyring import check_seal, public_keys, rotate_key
from lms.certificates.services.offline import check_offline, keys_document, offline_page, withdrawn_document
from lms.certificates.services.previews import layouts, new_version, preview_pdf, require_agency, template_or_404
from lms.certificates.services.printing import certificate_html, draw_pdf, keep_pdf, qr_parts, verify_address
from lms.certificates.services.revoking import (
    ask_for_pdf,
    replace_certificate,
    revoke_certificate,
    revoke_for_enrolment,
)
from lms.certificates.services.signing import (
    check_signature_of,
    outgoing_batch,
    own_seal,
    read_archive,
    seal_one,
    take_batch,
    trusted_roots,
)
from lms.certificates.services.templates import load_templates, read_templates, seed_templates

__all__ = [
    "ask_for_pdf",
    "badge_png",
    "badge_svg",
    "certificate_html",
    "check_offline",
    "check_seal",
    "check_signature_of",
    "credential_json",
    "credential_jwt",
    "draw_pdf",
    "draw_with_credential",
    "has_lists",
    "issue_certificate",
    "issue_for_enrolment",
    "issuer_profile",
    "keep_pdf",
    "keys_document",
    "layouts",
    "load_templates",
    "new_version",
    "offline_page",
    "outgoing_batch",
    "own_seal",
    "preview_pdf",
    "public_keys",
    "qr_parts",
    "read_archive",
    "read_templates",
    "remind_expiring",
    "replace_certificate",
    "require_agency",
    "revoke_certificate",
    "revoke_for_enrolment",
    "rotate_key",
    "seal_one",
    "seed_templates",
    "status_document",
    "take_batch",
    "template_or_404",
    "trusted_roots",
    "verify_address",
    "withdrawn_document",
]
