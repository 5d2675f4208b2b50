"""Item kinds: each module of this folder is one kind and registers itself when it is found here.

Adding a kind is adding a module: nothing else lists them (docs/handbook/add-an-item-kind.md).
"""

import importlib
import pkgutil

from lms.assessments.rules.kinds.base import (
    BadResponse,
    Choice,
    Field,
    ItemKind,
    Keep,
    Payload,
    Question,
    Row,
    Rows,
    Verdict,
    form_order,
    kind_names,
    kind_of,
    register,
)


def _discover() -> None:
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        importlib.import_module(f"{__name__}.{module.name}")


_discover()

__all__ = [
    "BadResponse", "Choice", "Field", "ItemKind", "Keep", "Payload", "Question", "Row", "Rows", "Verdict",
    "form_order", "kind_names", "kind_of", "register",
]  # fmt: skip
