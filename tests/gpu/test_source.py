"""A song as a stream of blocks stays small, whatever its file states."""

import av
import pytest

from backend.gpu.source import open_source
from tests.gpu.audio import tones, write_audio

RATE = 48_000
#: Codes of the sample rate in a FLAC frame's header (RFC 9639, section 9.1.2): 48 kHz, and "Hz in two bytes behind".
AT_48_KHZ, STATED_HZ = 0b1010, 0b1101


def crc8(data):
    """The check sum of a FLAC frame's header (RFC 9639, section 9.1.8)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def with_rate(frame, hertz):
    """A FLAC frame that states another rate; it has fewer than 128 before it, and a usual length."""
    assert frame[2] & 15 == AT_48_KHZ
    assert frame[4] < 0x80
    header = frame[:2] + bytes([frame[2] & 0xF0 | STATED_HZ]) + frame[3:5] + hertz.to_bytes(2, "big")
    return header + bytes([crc8(header)]) + frame[6:]


@pytest.mark.parametrize(("hertz", "seconds"), [(3, 9.904), (8_000, 10.48)])
def test_a_frame_that_states_a_rate_of_a_few_hertz_is_no_hour_of_audio(tmp_path, hertz, seconds):
    """One frame of 4608 samples at 3 Hz would be 25 minutes at once, and 5 GB; at 8 kHz it lasts six times as long."""
    path = write_audio(tmp_path / "song.flac", tones(10.0, rate=RATE), rate=RATE, codec="flac")
    with av.open(str(path)) as container:
        frames = [bytes(packet) for packet in container.demux() if packet.size]
    data, bomb = path.read_bytes(), frames[60]
    path.write_bytes(data.replace(bomb, with_rate(bomb, hertz)))
    blocks = [block.shape[1] for block in open_source(path, RATE, 2)]
    assert sum(blocks) / RATE == pytest.approx(seconds, abs=0.002)
    assert max(blocks) < 8 * RATE
