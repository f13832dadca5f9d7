"""What is looked at: pages, a photo and a video, made here."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from byleave.demo.scroller import SENTENCES

STYLE = (
    "body{font:15px/1.5 'DejaVu Sans';max-width:60em;margin:2em auto;color:#222}"
    "h2{color:#a03;border-bottom:2px solid #a03}td{border:1px solid #ccc;padding:2px 8px}"
    "tr:nth-child(odd){background:#eef4ff}.red{color:#d00}.blue{color:#00c}img{border-radius:8px;margin:8px}"
)
PARAGRAPHS = 40
PAGES = 3


@dataclass(frozen=True)
class Material:
    """The files, all in one folder.

    Attributes:
        pages: long ones, of text, tables and pictures.
        photo: a page that is a photo.
        video: a page that plays a video.
        book: a long text.
    """

    pages: list[Path]
    photo: Path
    video: Path
    book: Path


def make(folder: Path) -> Material:
    """Write all files."""
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "photo.jpg"), photo(1600, 1000), [cv2.IMWRITE_JPEG_QUALITY, 92])
    cv2.imwrite(str(folder / "small.jpg"), photo(320, 200), [cv2.IMWRITE_JPEG_QUALITY, 90])
    _film(folder)
    pages = [folder / f"page-{number}.html" for number in range(PAGES)]
    for number, page in enumerate(pages):
        page.write_text(_page(number), "utf-8")
    shown = folder / "photo.html"
    shown.write_text("<body style='margin:0'><img src=photo.jpg style='width:100vw;height:100vh'>", "utf-8")
    played = folder / "video.html"
    film = "<video src=video.mp4 width=960 height=540 autoplay loop muted></video>"
    played.write_text(f"<meta charset=utf-8><style>{STYLE}</style><h2>A video</h2>{film}{_text(3)}", "utf-8")
    book = folder / "book.txt"
    book.write_text("".join(f"{line:6}  {SENTENCES[line % 4]}\n" for line in range(20_000)), "utf-8")
    return Material(pages, shown, played, book)


def photo(width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture like a photo: soft shapes, fine grain, no two rows alike; BGR."""
    seeded = np.random.default_rng(20931)
    picture = np.zeros((height, width, 3), np.float32)
    for octave in range(1, 8):
        noise = seeded.random((2**octave + 1, 2**octave + 2, 3), np.float32)
        picture += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) / 1.6**octave
    picture += 0.03 * seeded.random((height, width, 3), np.float32)
    return cv2.normalize(picture, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def _film(folder: Path) -> None:
    source = "mandelbrot=size=960x540:rate=30"
    coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-t", "10", *coding]
    subprocess.run([*command, str(folder / "video.mp4")], check=True)


def _page(number: int) -> str:
    rows = "".join(f"<tr><td>{row}<td>{row * 37 % 101}<td>{SENTENCES[row % 4][:30]}" for row in range(25))
    parts = [f"<h2>Part {part}</h2>{_text(number + part)}" for part in range(PARAGRAPHS // 4)]
    parts.insert(3, f"<table>{rows}</table>")
    parts.insert(5, "<img src=small.jpg><img src=small.jpg>")
    head = f"<!doctype html><meta charset=utf-8><title>Page {number}</title><style>{STYLE}</style>"
    return head + f"<h1>Page {number}</h1>" + "".join(parts)


def _text(number: int) -> str:
    colours = ("", "red", "blue", "")
    lines = (SENTENCES[(number + line) % 4] for line in range(4))
    return "".join(
        f"<p class='{colour}'>{number}. {line} {line}" for colour, line in zip(colours, lines, strict=True)
    )
