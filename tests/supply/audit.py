"""`python -m tests.supply.audit`: known holes of what the locks list, by pip-audit and OSV.

Where no database of advisories can be reached, it says so and ends well, unless `--required`.
"""

import argparse
import json
import sys
import urllib.error
import urllib.request

from tests.supply import lock_file, tools

OSV = "https://api.osv.dev/v1/query"
# A release with known holes: a database that knows none of them is none.
_KNOWN = {"package": {"name": "jinja2", "ecosystem": "PyPI"}, "version": "2.4.1"}
_SECONDS = 15
NOT_AUDITED = """\
*** NOTHING WAS AUDITED: whether our dependencies have known holes is unknown. ***
No database of advisories answers at {url} ({reason}).
Do one of these before a release, and let its pipeline use --required, which fails here:
  - run `make audit` where that address can be reached;
  - name a mirror: make audit ARGS="--osv-url https://osv.example.org/v1/query";
  - copy requirements.lock and requirements-dev.lock to a machine that reaches it, and run there:
      pip-audit --strict --disable-pip --require-hashes -s osv -r requirements.lock"""


def main(words: list[str] | None = None) -> int:
    """Return 0 where no hole is known, or nobody can be asked; 1 where one is."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply.audit")
    parser.add_argument("--osv-url", default=OSV, help="a mirror of the database")
    parser.add_argument("--required", action="store_true", help="fail where nobody can be asked")
    arguments = parser.parse_args(words)
    if reason := out_of_reach(arguments.osv_url):
        print(NOT_AUDITED.format(url=arguments.osv_url, reason=reason), file=sys.stderr)
        return int(arguments.required)
    audit = ["-m", "pip_audit", "--strict", "--disable-pip", "--require-hashes"]
    audit += ["--progress-spinner", "off", "--vulnerability-service", "osv"]
    audit += ["--osv-url", arguments.osv_url]
    has_holes = False
    for lock in sorted(lock_file.ROOT.glob("requirements*.lock")):
        print(f"{lock.name}:", flush=True)
        has_holes |= tools.run_python(*audit, "--requirement", str(lock)) != 0
    return int(has_holes)


def out_of_reach(url: str) -> str | None:
    """Say why the database can't be asked; None: it can."""
    request = urllib.request.Request(
        url, data=json.dumps(_KNOWN).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            known = json.load(answer)
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        return str(error)
    return None if known.get("vulns") else "it doesn't know the holes of jinja2 2.4.1"


if __name__ == "__main__":
    sys.exit(main())
