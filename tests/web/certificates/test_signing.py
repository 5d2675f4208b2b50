"""Electronic signatures: a batch goes out, comes back, and only sound signatures behind issued bytes are taken."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from lms.certificates import queries, services
from lms.certificates.cli import certificates as certificates_cli
from lms.certificates.models import Certificate, CertificateFile, CertificateState, FileKind
from lms.certificates.services.signing import Answer, take_batch, trust_folder
from lms.core import clock, storage
from lms.core.actor import SYSTEM, Role
from lms.core.audit import AuditEntry
from lms.core.errors import Invalid, Refused
from tests.factories.certificates import issued_certificate
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

SIGNER = "Kepala BKPSDM Kota Percobaan"
PASSPHRASE = "kata sandi kunci"


def _certificate(name, *, issuer=None, issuer_key=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    root = issuer is None
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if root else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not root, content_commitment=not root, key_cert_sign=root, crl_sign=root, **usage
            ),
            critical=True,
        )
        .sign(issuer_key or key, hashes.SHA256())
    )
    return made, key


def _authority(folder, name):
    root, root_key = _certificate(f"Akar {name}")
    leaf, leaf_key = _certificate(SIGNER, issuer=root, issuer_key=root_key)
    path = folder / f"{name}.p12"
    locked = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"kunci", leaf_key, leaf, [root], locked))
    return path, root.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Return the PKCS#12 file of a signer and the root that vouches for it."""
    return _authority(tmp_path_factory.mktemp("kunci"), "sah")


@pytest.fixture
def seal(authority):
    return services.own_seal(authority[0], PASSPHRASE)


@pytest.fixture
def region(session):
    """Return the unit above all."""
    return UnitFactory(name="Kota Percobaan")


@pytest.fixture
def two(session, region):
    """Return two certificates with their PDFs."""
    made = [
        issued_certificate(employee=EmployeeFactory(name=name, position=PositionFactory(unit=region)))
        for name in ("Rahmawati Saleng", "Andi Tenri")
    ]
    for one in made:
        services.keep_pdf(session, one.id, services.draw_with_credential(session, one.id), now=clock.now())
    session.commit()
    return made


@pytest.fixture
def officer(session, region, login_as):
    """Return a client of the personnel office of the whole region."""
    who = EmployeeFactory(position=PositionFactory(unit=region))
    session.commit()
    return login_as(who, (Role.HR, region))


def _answers(outcomes):
    return [one.answer for one in outcomes]


def test_a_batch_goes_out_and_comes_back_signed(officer, session, two, authority, seal):
    client = officer
    trust_folder().mkdir(exist_ok=True)
    (trust_folder() / "akar.pem").write_bytes(authority[1])
    assert "2 berkas menunggu" in client.get("/sertifikat/tanda-tangan").get_data(as_text=True)
    sent = client.get("/sertifikat/tanda-tangan/berkas.zip")
    with zipfile.ZipFile(io.BytesIO(sent.get_data())) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        files = {one["name"]: archive.read(one["name"]) for one in manifest["files"]}
    assert len(files) == 2
    assert {one["sha256"] for one in manifest["files"]} == {one.pdf_digest for one in two}
    back = io.BytesIO()
    with zipfile.ZipFile(back, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"hasil/{name}", seal(data)[0])
    page = client.submit(
        "/sertifikat/tanda-tangan",
        {"berkas": (io.BytesIO(back.getvalue()), "hasil.zip")},
        page="/sertifikat/tanda-tangan",
        content_type="multipart/form-data",
    )
    text = page.get_data(as_text=True)
    assert text.count("Diterima") >= 2
    assert SIGNER in text
    assert "Tidak ada yang menunggu" in text
    session.expire_all()
    held = session.get_one(Certificate, two[0].id)
    assert storage.read(held.pdf_digest).startswith(files[f"{_grouped(held)}.pdf"])
    assert SIGNER in client.get(f"/v/{held.code}").get_data(as_text=True)
    signed = select(AuditEntry).where(AuditEntry.action == "certificate.sign")
    assert len(session.scalars(signed).all()) == 2


def _grouped(certificate):
    return "-".join(certificate.code[at : at + 4] for at in range(0, 16, 4))


def test_nothing_but_a_sound_signature_behind_the_issued_bytes_is_taken(session, two, authority, seal, tmp_path):
    first, second = two
    data = storage.read(first.pdf_digest)
    signed = seal(data)[0]
    middle = bytearray(signed)
    middle[len(data) // 2] ^= 1
    tail = bytearray(signed)
    tail[-400] ^= 1
    other, _root = _authority(tmp_path, "asing")
    foreign = services.own_seal(other, PASSPHRASE)(data)[0]
    files = [
        ("a", bytes(middle)), ("b", data), ("c", foreign), ("d", signed + b"\n% lebih\n"), ("e", b"%PDF-1.7\n"),
        ("f", data + b"\n%%EOF\n"),
    ]  # fmt: skip
    outcomes = take_batch(session, SYSTEM, files, roots=[authority[1]], now=clock.now())
    assert _answers(outcomes)[:3] == [Answer.CHANGED, Answer.UNSIGNED, Answer.UNTRUSTED]
    assert not any(one.is_good for one in outcomes)
    assert not take_batch(session, SYSTEM, [("t", bytes(tail))], roots=[authority[1]], now=clock.now())[0].is_good
    assert session.scalars(select(CertificateFile).filter_by(kind=FileKind.SIGNED)).all() == []
    assert _answers(take_batch(session, SYSTEM, [("x", signed)], roots=[authority[1]], now=clock.now())) == ["taken"]
    assert _answers(take_batch(session, SYSTEM, [("x", signed)], roots=[authority[1]], now=clock.now())) == ["known"]
    again = seal(data)[0]
    assert _answers(take_batch(session, SYSTEM, [("x", again)], roots=[authority[1]], now=clock.now())) == ["second"]
    late = seal(storage.read(second.pdf_digest))[0]
    second.state = CertificateState.REVOKED
    session.flush()
    assert _answers(take_batch(session, SYSTEM, [("x", late)], roots=[authority[1]], now=clock.now())) == ["stale"]
    with pytest.raises(Refused):
        take_batch(session, SYSTEM, [("x", signed)], roots=[], now=clock.now())


def test_what_is_no_batch_is_refused_with_the_reason(officer, session, login_as):
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("besar.pdf", b"0" * (5 << 20))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(51):
            archive.writestr(f"{number}.pdf", b"%PDF-1.7")
    for data in (b"bukan zip", hostile.getvalue(), many.getvalue(), hostile.getvalue()[:-30]):
        with pytest.raises(Invalid):
            services.read_archive(data)
    page = officer.submit("/sertifikat/tanda-tangan", {}, page="/sertifikat/tanda-tangan")
    assert page.status_code == 400
    assert "Pilih ZIP yang sudah ditandatangani dahulu." in page.get_data(as_text=True)
    somebody = EmployeeFactory()
    session.commit()
    client = login_as(somebody)
    assert client.get("/sertifikat/tanda-tangan").status_code == 403
    assert client.get("/sertifikat/tanda-tangan/berkas.zip").status_code == 403


def test_the_own_seal_is_put_once_and_a_wrong_passphrase_seals_nothing(app, session, two, authority):
    run = app.test_cli_runner()
    told = run.invoke(certificates_cli, ["seal", str(authority[0])], input="salah\n")
    assert told.exit_code != 0
    assert queries.list_unsealed_ids(session, limit=10) == [one.id for one in two]
    told = run.invoke(certificates_cli, ["seal", str(authority[0])], input=f"{PASSPHRASE}\n")
    assert (told.exit_code, "2 sertifikat disegel" in told.output) == (0, True)
    assert PASSPHRASE not in told.output
    told = run.invoke(certificates_cli, ["seal", str(authority[0])], input=f"{PASSPHRASE}\n")
    assert "0 sertifikat disegel" in told.output
    session.expire_all()
    held = session.get_one(Certificate, two[0].id)
    checked = services.check_signature_of(storage.read(held.pdf_digest), roots=[authority[1]])
    assert (checked.answer, checked.signer) == (Answer.TAKEN, SIGNER)
    assert queries.signer_of(session, held.pdf_digest) == (FileKind.SEALED, SIGNER)
