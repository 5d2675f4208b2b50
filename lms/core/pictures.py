"""Pictures made small and harmless: decoded, turned upright, without place and camera, as WebP."""

from __future__ import annotations

import io
import warnings
from typing import IO

from lms.core.errors import Invalid
from lms.core.text import N_

MAX_SIDE = 1600
MAX_PIXELS = 50_000_000
_QUALITY = 80


def as_webp(stream: IO[bytes], *, max_side: int = MAX_SIDE) -> bytes:
    """Return a picture as WebP, no side longer than `max_side` pixels; of a moving one its first frame.

    What cameras write into pictures, such as where they were taken, is left out.

    Raises: Invalid: no picture that can be decoded, or more than 50 million pixels.
    """
    # Imported here: the decoder costs memory that most processes never need.
    from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError  # noqa: PLC0415

    # WeasyPrint lets cut-off pictures through for the whole process; what people send must be whole.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(stream, formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Invalid(N_("Gambar ini terlalu besar. Perkecil dahulu."))
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((max_side, max_side))
                has_holes = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
                clean = upright.convert("RGBA" if has_holes else "RGB")
                made = io.BytesIO()
                clean.save(made, "WEBP", quality=_QUALITY, method=4)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Invalid(N_("Gambar ini rusak atau bukan gambar. Simpan ulang sebagai PNG atau JPG.")) from error
    except Image.DecompressionBombWarning as error:
        raise Invalid(N_("Gambar ini terlalu besar. Perkecil dahulu.")) from error
    return made.getvalue()
