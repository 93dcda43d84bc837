"""`python -m tests.fuzz`: every target under atheris, and the API under schemathesis, or some."""

import argparse
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 10_000_000
ANSWERS = "answers"  # the API's, by schemathesis: beside the targets, and not counted in `--runs`


def main() -> int:
    """Return 0 when no target found a fault."""
    arguments = _arguments()
    if arguments.within:
        _fuzz(arguments.within, arguments.runs, Path(arguments.corpus))
        return 0
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 uninstrumented, for the names alone

    failed, total = [], 0
    for name in arguments.targets or (*TARGETS, ANSWERS):
        if name == ANSWERS:
            continue
        runs = max(1, arguments.runs * TARGETS[name][1] // 1000)
        began = time.monotonic()
        corpus = Path(arguments.corpus) / name
        corpus.mkdir(parents=True, exist_ok=True)
        options = ["--within", name, "--runs", str(runs), "--corpus", str(corpus)]
        command = [sys.executable, "-m", "tests.fuzz", *options]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        seconds = time.monotonic() - began
        print(
            f"{name}: {runs} inputs, {seconds:.0f} s, {'ok' if not code else 'FAULT'}", flush=True
        )
        total += runs
        if code:
            failed.append(name)
    if ANSWERS in (arguments.targets or (ANSWERS,)):
        command = [sys.executable, "-m", "tests.fuzz.answers"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(ANSWERS)
    print(f"{total} inputs in all; faults in: {', '.join(failed) or 'none'}")
    return int(bool(failed))


def _fuzz(name: str, runs: int, corpus: Path) -> None:
    """Fuzz one target; ends the process."""
    import atheris  # noqa: PLC0415 an extra that only `make fuzz` installs

    with atheris.instrument_imports(include=["smsc.sms", "smsc.smpp", "smsc.webhooks.twiml"]):
        from tests.fuzz.targets import SEEDS, TARGETS  # noqa: PLC0415 instrumented as it is imported
    import structlog  # noqa: PLC0415 not to be instrumented

    # What a peer does wrong is logged, which would be all that a fuzzer does.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-runs={runs}", "-max_len=320", "-timeout=20", "-rss_limit_mb=2048"]
    options += ["-verbosity=0", f"-artifact_prefix={corpus.parent}/fault-{name}-", str(corpus)]
    atheris.Setup([sys.argv[0], *options], TARGETS[name][0])
    atheris.Fuzz()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", help="default: all, and answers")
    parser.add_argument("--runs", type=int, default=RUNS, help="inputs, over all targets")
    parser.add_argument("--corpus", default=str(ROOT / ".fuzz"), help="is kept from run to run")
    parser.add_argument("--within", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
