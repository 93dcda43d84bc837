"""Exits 0 if a GET of the URL answers 200: a container's health check without curl."""  # noqa: INP001 a script, copied alone

import sys
import urllib.request

TIMEOUT_SECONDS = 4.0  # below the health check's own
USAGE_ERROR = 2


def main(arguments: list[str]) -> int:
    """Ask once; return the exit code."""
    if len(arguments) != 1 or not arguments[0].startswith("http://"):
        print("usage: healthcheck.py http://127.0.0.1:PORT/PATH", file=sys.stderr)  # noqa: T201 there is no log
        return USAGE_ERROR
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({})
    )  # whatever the environment
    try:
        with direct.open(arguments[0], timeout=TIMEOUT_SECONDS) as response:
            return 0 if response.status == 200 else 1
    except OSError as error:  # HTTPError and URLError are OSErrors
        print(error, file=sys.stderr)  # noqa: T201 as above
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
