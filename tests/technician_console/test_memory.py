import resource
import sys

import pytest

from technician_console.decoder import Decoder, Renderer
from technician_console.memory import keep_large_buffers
from tests.technician_console.streams import Stream, scrolling

FRAMES = 20
PAGES_OF_A_PICTURE = 1920 * 1080 * 4 // 4096


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="another C library")
def test_the_memory_of_pictures_is_used_again() -> None:
    assert keep_large_buffers()
    stream, decoder, renderer = Stream(1920, 1080), Decoder(), Renderer()
    frames = [stream.frame(pixels) for pixels in scrolling(1920, 1080, FRAMES)]
    pictures = [renderer.render(decoder.decode(frame), frame, None) for frame in frames[:2]]
    before = faults()
    for frame in frames[2:]:
        # As in the console: the newest picture is there until the next one replaces it.
        pictures = [renderer.render(decoder.decode(frame), frame, None)]
    assert pictures[-1] is not None
    assert faults() - before < PAGES_OF_A_PICTURE * FRAMES / 4
