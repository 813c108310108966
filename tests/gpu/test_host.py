"""The child as a process: started when needed, replaced when it dies, stopped when told, never left behind."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from backend.gpu.host import ChildHost, _Child, _Waiting, finish
from backend.gpu.pieces import piece_path
from backend.gpu.tasks import ChildDied
from shared.errors import KeylightError
from shared.schema.jobs import StemsOptions
from tests.gpu.audio import tones, write_audio
from tests.gpu.jobs import ONE_THREAD, quiet, results, separate, task_for
from tests.gpu.tiny import tiny_models

KILLS = 5
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts processes and files in /proc")


def make_host(**changes):
    return ChildHost(**{"device": "cpu", "models": tiny_models(), "environment": ONE_THREAD, **changes})


def pid_of(host):
    assert host._child is not None
    return host._child.process.pid


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def gone_soon(pid, seconds=1.0):
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not alive(pid)


def open_files():
    return sorted(os.listdir("/proc/self/fd"))


@pytest.fixture
def song(tmp_path):
    return write_audio(tmp_path / "song.wav", tones(12.0))


@pytest.mark.slow
def test_killed_at_random_batches_a_song_ends_bit_for_bit_the_same(tmp_path, song):
    """Two songs at once; the child is killed by signal 9 at any batch, again and again; no finished piece is redone."""
    chance = random.Random(4)
    written: dict[Path, int] = {}

    async def undisturbed():
        host = make_host()
        await separate(host, tmp_path / "reference", song, piece_seconds=3.0)
        await host.close()

    async def disturbed():
        host, kills = make_host(), 0

        def report(stage, _fraction):
            nonlocal kills
            if stage == "separating" and kills < KILLS and chance.random() < 0.35:
                kills += 1
                os.kill(pid_of(host), signal.SIGKILL)

        def after(piece, _done, folder):
            for path in sorted(folder.glob("piece-*")):
                assert written.setdefault(path, path.stat().st_mtime_ns) == path.stat().st_mtime_ns
            assert len(list(folder.glob("piece-*"))) == piece + 1

        async def one(name):
            folder = tmp_path / name
            return await separate(
                host, folder, song, piece_seconds=3.0, report=report, retry=ChildDied,
                after=lambda piece, done: after(piece, done, folder),
            )  # fmt: skip

        done = await asyncio.gather(one("a"), one("b"))
        await host.close()
        return kills, done

    asyncio.run(undisturbed())
    kills, done = asyncio.run(disturbed())
    assert kills == KILLS
    for name, pieces in zip("ab", done, strict=True):
        assert sum(one.samples for one in pieces) == 12 * 44_100
        results(tmp_path / name)
    results(tmp_path / "reference")
    for path in (tmp_path / "reference" / "out").iterdir():
        assert path.read_bytes() == (tmp_path / "a" / "out" / path.name).read_bytes()
        assert path.read_bytes() == (tmp_path / "b" / "out" / path.name).read_bytes()


def test_a_dead_child_is_told_to_all_who_wait_and_replaced(tmp_path, song):
    async def run():
        host = make_host()
        begun = asyncio.Event()
        tasks = [
            asyncio.create_task(host.piece(task_for(tmp_path / name, song, piece_seconds=99), lambda *_: begun.set()))
            for name in "ab"
        ]
        await begun.wait()
        os.kill(first := pid_of(host), signal.SIGKILL)
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(outcome, ChildDied)
            assert "ended with signal 9" in str(outcome)
        done = await host.piece(task_for(tmp_path / "a", song), quiet)
        assert pid_of(host) != first
        await host.close()
        assert not alive(first)
        return done

    assert asyncio.run(run()).samples > 0


def test_cancelling_stops_in_time_keeps_the_child_and_leaves_no_parts(tmp_path, song):
    async def run():
        host = make_host(cancel_seconds=30.0)  # time enough to stop by itself
        begun = asyncio.Event()
        task = asyncio.create_task(host.piece(task_for(tmp_path / "a", song, piece_seconds=99), lambda *_: begun.set()))
        await begun.wait()
        child = pid_of(host)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert alive(child)
        assert os.listdir(tmp_path / "a") == [] if (tmp_path / "a").exists() else True
        await host.piece(task_for(tmp_path / "b", song), quiet)
        assert pid_of(host) == child
        await host.close()

    asyncio.run(run())


def test_a_child_that_does_not_stop_is_killed(tmp_path, song):
    async def run():
        host = make_host(cancel_seconds=0.2)
        await host.inspect()
        os.kill(child := pid_of(host), signal.SIGSTOP)  # it hears nothing any more
        task = asyncio.create_task(host.piece(task_for(tmp_path / "a", song), quiet))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(2.5):
                await task
        assert not alive(child)
        await host.close()

    asyncio.run(run())


def test_a_child_that_hangs_is_killed_and_the_work_is_worth_another_try(tmp_path, song):
    async def run():
        host = make_host()
        await host.inspect()
        hanging, child = pid_of(host), host._child
        os.kill(hanging, signal.SIGSTOP)  # as a decoder or a driver that never comes back
        task = asyncio.create_task(host.piece(task_for(tmp_path / "a", song), quiet))
        await asyncio.sleep(0.05)
        host._stall_seconds = 0.2
        await host._watch(child)
        with pytest.raises(ChildDied, match=r"It got no further for 0\.2 s and was killed"):
            await task
        assert not alive(hanging)
        host._stall_seconds = 60.0
        assert (await host.piece(task_for(tmp_path / "a", song, piece_seconds=99), quiet)).samples == 12 * 44_100
        await host.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("waiting", "hangs"),
    [
        ([], False),
        ([(9, False)], False),
        ([(11, False)], True),
        ([(11, False), (1, True)], False),  # it waits for its turn, or for a model that somebody fetches
        ([(11, True), (1, True)], True),  # its segments are computed, and others get on without it
        ([(11, False), (11, True)], True),
    ],
)
def test_who_waits_for_a_turn_does_not_hang(waiting, hangs):
    """Seconds since something was said, and whether it is in the model's hands, of each who waits; 10 s are allowed."""

    async def run():
        child = _Child(None)  # type: ignore[arg-type]  # no process is asked here
        for number, (seconds, computing) in enumerate(waiting):
            future = asyncio.get_running_loop().create_future()
            child.waiting[number] = _Waiting(future, quiet, time.monotonic() - seconds, computing)
        assert child.hangs(10.0) is hangs

    asyncio.run(run())


def test_writing_that_hangs_is_ended(tmp_path):
    """The pieces are a pipe that nobody writes to: opening it takes for ever."""
    os.mkfifo(piece_path(tmp_path, 0))

    async def run():
        with pytest.raises(ChildDied, match=r"The process that writes stems got no further for 0\.5 s"):
            await finish(tmp_path, tmp_path / "out", StemsOptions(), quiet, stall_seconds=0.5)

    asyncio.run(run())


def test_cancelling_one_job_does_not_take_the_other(tmp_path, song):
    async def run():
        host = make_host(cancel_seconds=0.01)
        begun = asyncio.Event()
        kept = asyncio.create_task(host.piece(task_for(tmp_path / "a", song, piece_seconds=99), quiet))
        gone = asyncio.create_task(host.piece(task_for(tmp_path / "b", song, piece_seconds=99), lambda *_: begun.set()))
        await begun.wait()
        child = pid_of(host)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(2.5):
                await gone
        assert (await kept).samples == 12 * 44_100
        assert pid_of(host) == child
        await host.close()

    asyncio.run(run())


def test_a_report_that_goes_wrong_ends_its_own_job_only(tmp_path, song):
    async def run():
        host = make_host()
        kept = asyncio.create_task(host.piece(task_for(tmp_path / "a", song, piece_seconds=99), quiet))

        def stumble(*_):
            raise ArithmeticError("the listener's")

        with pytest.raises(ArithmeticError, match="the listener's"):
            await host.piece(task_for(tmp_path / "b", song), stumble)
        done = await kept
        await host.close()
        return done

    assert asyncio.run(run()).last


def test_an_idle_child_ends_and_the_next_job_starts_one(tmp_path, song):
    async def run():
        host = make_host(idle_seconds=0.05)
        await host.inspect()
        first = pid_of(host)
        while host._child is not None:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(gone_soon, first, 5.0)
        assert not alive(first)
        done = await host.piece(task_for(tmp_path / "a", song, 0), quiet)
        await host.close()
        return done

    assert not asyncio.run(run()).last


def test_nothing_is_left_open(tmp_path, song):
    async def run():
        for _ in range(3):
            host = make_host()
            await host.inspect()
            pids.append(pid_of(host))
            await host.close()

    pids: list[int] = []
    before = open_files()
    asyncio.run(run())
    assert open_files() == before
    assert not any(alive(pid) for pid in pids)


def test_the_child_goes_when_its_host_is_killed(tmp_path):
    program = """
        import asyncio
        from tests.gpu.test_host import make_host, pid_of
        async def run():
            host = make_host()
            await host.inspect()
            print(pid_of(host), flush=True)
            await asyncio.sleep(600)
        asyncio.run(run())
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    assert gone_soon(child)


def test_a_closed_input_ends_the_child_at_once_and_its_output_holds_messages_only():
    command = [
        sys.executable,
        "-c",
        "from backend.gpu.child import main; import sys; sys.exit(main(['--device', 'cpu']))",
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b'{"type": "Inspect", "id": 1}\n{"type": "Cancel", "id": 99}\n')
        child.stdin.flush()
        assert child.stdout.readline().startswith(b'{"type":"Inspected","id":1')
        child.stdin.close()
        assert child.stdout.read() == b""
        assert child.wait(5) == 0


def failing(tmp_path, source):
    """A host whose child finds this in place of torch."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "torch.py").write_text(source)
    return {**ONE_THREAD, "PYTHONPATH": str(tmp_path / "fake")}


@pytest.mark.parametrize(
    ("source", "kind", "says"),
    [
        ("raise ImportError('no torch')", KeylightError, "Separation is not installed on this server: no torch"),
        (
            "import sys, os; sys.stderr.write('bad card\\n'); os._exit(3)",
            ChildDied,
            "ended with exit code 3.\nbad card",
        ),
        ("print('hello'); raise ImportError('x')", KeylightError, "not installed"),
    ],
)
def test_why_there_is_no_child_is_told(tmp_path, song, source, kind, says):
    async def run():
        host = make_host(environment=failing(tmp_path, source))
        try:
            await host.piece(task_for(tmp_path / "a", song), quiet)
        finally:
            await host.close()

    with pytest.raises(kind, match=re.escape(says)):
        asyncio.run(run())


def test_a_device_that_is_not_there_is_told():
    async def run():
        host = make_host(device="cuda:7")
        try:
            await host.inspect()
        finally:
            await host.close()

    with pytest.raises(KeylightError, match=r"There is no device cuda:7 here\. Expected auto or one of"):
        asyncio.run(run())


def test_the_host_imports_nothing_heavy():
    code = "import sys, backend.gpu.host, backend.gpu.probing; print({'torch', 'numpy', 'av'} & set(sys.modules))"
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout == "set()\n"


def test_every_stage_is_told_in_order(tmp_path, song):
    async def run():
        told = []
        host = make_host()
        await host.piece(task_for(tmp_path / "a", song), lambda *how: told.append(how))
        await host.close()
        return told

    told = asyncio.run(run())
    stages = [stage for stage, _ in told]
    assert list(dict.fromkeys(stages)) == ["loading model", "separating"]
    fractions = [fraction for stage, fraction in told if stage == "separating"]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
