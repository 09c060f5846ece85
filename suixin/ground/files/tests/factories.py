"""Files as a browser would send them."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 60
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def upload(content: bytes = PNG, name: str = "照片.png") -> SimpleUploadedFile:
    """An uploaded file."""
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def zipped(*names: str, content: bytes = b"x") -> bytes:
    """A zip with files of those names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return made.getvalue()
