"""Acts on certificates; each runs in the caller's transaction."""

from lms.certificates.services.issuing import issue_certificate, issue_for_enrolment
from lms.certificates.services.printing import certificate_html, draw_pdf, keep_pdf, verify_address
from lms.certificates.services.revoking import ask_for_pdf, replace_certificate, revoke_certificate
from lms.certificates.services.templates import load_templates, read_templates, seed_templates

__all__ = [
    "ask_for_pdf",
    "certificate_html",
    "draw_pdf",
    "issue_certificate",
    "issue_for_enrolment",
    "keep_pdf",
    "load_templates",
    "read_templates",
    "replace_certificate",
    "revoke_certificate",
    "seed_templates",
    "verify_address",
]
