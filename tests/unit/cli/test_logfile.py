"""A child's log: rotated in place, read from its end."""

from pathlib import Path

from smsc.cli.logfile import last_line, rotate


def test_a_short_log_stays(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("short\n")
    assert not rotate(log, limit=6)
    assert log.read_text() == "short\n"


def test_a_long_log_moves_aside_under_its_writer(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"a long line\n")
        assert rotate(log, limit=6)
        writer.write(b"next\n")
    assert log.read_text() == "next\n"
    assert (tmp_path / "api.log.1").read_text() == "a long line\n"


def test_there_is_one_old_log(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    for content in ("first, long\n", "second, long\n"):
        log.write_text(content)
        rotate(log, limit=6)
    assert (tmp_path / "api.log.1").read_text() == "second, long\n"


def test_a_log_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    assert not rotate(tmp_path / "none.log")
    assert last_line(tmp_path / "none.log") == ""


def test_the_last_words_are_the_last_line_of_this_run(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("of the run before\n")
    begins = log.stat().st_size
    assert last_line(log, begins) == ""
    with log.open("a") as writer:
        writer.write("starting\nerror: SMSC_BIND is wrong\n\n")
    assert last_line(log, begins) == "error: SMSC_BIND is wrong"
