"""Reads of certificates; scoped, ordered, bounded."""

from lms.certificates.queries.facts import get_holder, get_signatory, get_template, get_training
from lms.certificates.queries.listing import (
    MAX_EXPORT_ROWS,
    PAGE_ROWS,
    CertificateDetail,
    CertificateFilter,
    CertificateLine,
    PublicCertificate,
    code_lookup,
    collect_certificates,
    count_certificates,
    find_public,
    get_certificate,
    get_for_change,
    list_certificates,
    list_own_certificates,
    own_certificate_of,
    own_totals,
)

__all__ = [
    "MAX_EXPORT_ROWS",
    "PAGE_ROWS",
    "CertificateDetail",
    "CertificateFilter",
    "CertificateLine",
    "PublicCertificate",
    "code_lookup",
    "collect_certificates",
    "count_certificates",
    "find_public",
    "get_certificate",
    "get_for_change",
    "get_holder",
    "get_signatory",
    "get_template",
    "get_training",
    "list_certificates",
    "list_own_certificates",
    "own_certificate_of",
    "own_totals",
]
