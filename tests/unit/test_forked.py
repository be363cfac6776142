"""Work in a process forked for it: what it tells, and how its end is told."""

import os
import re
import signal
import subprocess
import sys

import pytest

from harness.forked import Died, Overran, forked


def ended(work, limit_seconds=30):
    """The sentence about a process that came to no good end."""
    with pytest.raises(Died) as told:
        list(forked(work, limit_seconds))
    return str(told.value)


def test_it_tells_values_in_order():
    def work(tell):
        for number in range(3):
            tell({"number": number})

    assert list(forked(work, 30)) == [{"number": 0}, {"number": 1}, {"number": 2}]


def test_it_is_another_process_with_all_that_this_one_has():
    here = {"made": "here"}

    def work(tell):
        here["made"] = "there"
        tell((os.getppid(), here))

    assert list(forked(work, 30)) == [(os.getpid(), {"made": "there"})]
    assert here == {"made": "here"}


def test_an_exit_before_the_end_of_the_work_is_told():
    assert ended(lambda _: os._exit(0)).startswith("its process ended with exit status 0 before it was done")


def test_a_program_in_its_place_is_told_even_if_it_goes_on():
    def work(_):
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)"])

    assert (
        ended(work) == "its process told nothing more, and went on: another program took its place (os.exec…)"
    )


def test_a_signal_is_told_with_the_line_of_the_user():
    told = ended(lambda _: os.kill(os.getpid(), signal.SIGBUS))
    assert re.fullmatch(
        rf"its process was ended by the signal SIGBUS; it was at {__file__}:\d+, in <lambda>", told
    )


def test_sigkill_may_be_memory():
    told = ended(lambda _: os.kill(os.getpid(), signal.SIGKILL))
    assert told == "its process was ended by the signal SIGKILL, as one is that takes too much memory"


def test_c_code_that_never_lets_go_is_ended_at_the_limit():
    with pytest.raises(Overran) as told:
        list(forked(lambda _: re.match("(a+)+$", "a" * 60 + "b"), 0.5))
    assert str(told.value).startswith(
        "its process was still running after 0.5 s of real time, and was ended; it was at "
    )


def test_an_error_of_the_work_is_told():
    def work(_):
        raise LookupError("no such thing")

    assert ended(work) == "its process failed: LookupError: no such thing"


def test_what_it_started_ends_with_it():
    def work(tell):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        tell(child.pid)

    [pid] = forked(work, 30)
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    assert state.stdout.strip()[:1] in ("", "Z")


def test_who_wants_no_more_values_ends_it():
    def work(tell):
        tell(os.getpid())
        signal.pause()

    values = forked(work, 30)
    pid = next(values)
    values.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
