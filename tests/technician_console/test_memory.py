import resource
import sys
from itertools import islice

import pytest

from session.canvas import Composer
from technician_console.memory import keep_large_buffers
from tests.technician_console.streams import scrolled

FRAMES = 20
PAGES_OF_A_PICTURE = 1920 * 1080 * 4 // 4096


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="another C library")
def test_the_memory_of_pictures_is_used_again() -> None:
    assert keep_large_buffers()
    composer, frames = Composer(), scrolled(1920, 1080, FRAMES)
    for frame in islice(frames, 2):
        composer.take(frame)
    rest = list(frames)
    before = faults()
    for frame in rest:
        composer.take(frame)
    assert faults() - before < PAGES_OF_A_PICTURE
