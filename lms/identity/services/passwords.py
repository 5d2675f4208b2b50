"""Password hashes: Argon2id, at most as many at once as there are cores."""

from __future__ import annotations

import os
import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lms.core import ids
from lms.core.errors import Invalid, Unavailable
from lms.core.text import N_
from lms.identity import rules
from lms.identity.services.texts import PASSWORD_TEXTS

# OWASP's least cost: 20 ms on the target machine, so that a storm of log-ins stops no exam.
TIME_COST, MEMORY_KIB, PARALLELISM = 2, 19_456, 1
_WAIT_SECONDS = 20
_hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
_slots = threading.BoundedSemaphore(os.cpu_count() or 1)


class _Slot:
    """One of as many places at the hash as the machine has cores."""

    def __enter__(self) -> None:
        if not _slots.acquire(timeout=_WAIT_SECONDS):
            raise Unavailable(N_("Terlalu banyak orang masuk bersamaan. Tunggu satu menit, lalu coba lagi."))

    def __exit__(self, *_error: object) -> None:
        _slots.release()


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password; to be called outside a write transaction."""
    with _Slot():
        return _hasher.hash(password)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash(ids.new_token())


def verify_password(stored: str | None, password: str) -> bool:
    """Return whether a password fits; without a stored hash it takes as long and fails.

    Rule: known and unknown accounts cost the same time.
    """
    known = stored is not None and len(password) <= rules.MAX_PASSWORD
    target = stored if known and stored is not None else _nobodys_hash()
    with _Slot():
        try:
            _hasher.verify(target, password[: rules.MAX_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
    return known


def is_outdated(stored: str) -> bool:
    """Return whether a hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(stored)


def check_new_password(password: str, person: rules.Person) -> None:
    """Refuse a password that the rules do not allow.

    Raises: Invalid: `fields["kata_sandi_baru"]` says why and what to do.
    """
    faults = rules.password_faults(password, person)
    if faults:
        text = PASSWORD_TEXTS[faults[0]]
        raise Invalid(text, fields={"kata_sandi_baru": text})
