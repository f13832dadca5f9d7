"""The person's applications, and the files that they show.

Where the windows lie is written in `settings/openbox.xml`, so the middle of the
desktop stays free for the questions that the person is asked.
"""

from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen

from byleave.demo.desktop import Desktop


def open_editor(desktop: Desktop, file: Path) -> "Popen[bytes]":
    """Open a text file in the editor."""
    return desktop.start("editor", ["mousepad", "--disable-server", str(file)])


def open_folder(desktop: Desktop, folder: Path) -> "Popen[bytes]":
    """Open a folder in the file manager."""
    return desktop.start("file-manager", ["pcmanfm", "--no-desktop", str(folder)])


def open_document(desktop: Desktop, file: Path) -> "Popen[bytes]":
    """Open a PDF file in the viewer."""
    return desktop.start("document", ["mupdf", "-r", "80", str(file)])


def open_terminal(desktop: Desktop) -> "Popen[bytes]":
    """Open a terminal with a shell."""
    return desktop.start("terminal", ["xterm", "-fa", "DejaVu Sans Mono", "-fs", "11"])


def write_document(file: Path, title: str, lines: Sequence[str], lines_on_page: int = 40) -> None:
    """Write a plain PDF 1.4 file: a title and lines of text on A4 pages, in Helvetica.

    Args:
        file: the file, replaced.
        title: on top of every page; Latin-1.
        lines: each at most some 80 characters; Latin-1.
        lines_on_page: a new page begins after so many.
    """
    pages = [lines[start : start + lines_on_page] for start in range(0, max(1, len(lines)), lines_on_page)]
    names = [f"{4 + 2 * number} 0 R" for number in range(len(pages))]
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(names)}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        text = f"BT /F1 20 Tf 60 780 Td ({_escaped(title)}) Tj /F1 12 Tf 17 TL 0 -14 Td\n"
        text += "".join(f"T* ({_escaped(line)}) Tj\n" for line in page) + "ET"
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>",
            f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        ]
    file.write_bytes(_bound(objects))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _bound(objects: Sequence[str]) -> bytes:
    data, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return bytes(data) + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()
