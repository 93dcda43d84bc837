"""A wall clock that all processes of a fleet share, and that can jump; the machine's own stays."""

import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

_SOURCE = Path(__file__).with_name("skewed_clock.c")


@dataclass(frozen=True, slots=True)
class Skew:
    """The file that says how far the clock is off, and the library that makes it so."""

    folder: Path

    @classmethod
    def make(cls) -> "Skew | None":
        """Compile the library where every account can read it; None: there is no C compiler."""
        compiler = shutil.which("cc")
        if compiler is None:
            return None
        folder = Path(tempfile.mkdtemp(prefix="smsc-skew-"))
        folder.chmod(0o755)
        skew = cls(folder)
        words = [compiler, "-shared", "-fPIC", "-O2", "-o", str(folder / "skew.so"), str(_SOURCE)]
        subprocess.run(words, check=True)
        skew.set(timedelta(0))
        return skew

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to run by this clock."""
        return {
            "LD_PRELOAD": str(self.folder / "skew.so"),
            "SKEW_FILE": str(self.folder / "nanoseconds"),
        }

    def set(self, offset: timedelta) -> None:
        """Let the clock be so far off, in all processes at once."""
        file = self.folder / "nanoseconds"
        octets = struct.pack("=q", offset // timedelta(microseconds=1) * 1000)
        if file.exists():
            with file.open("r+b") as kept:  # in place: they have it mapped
                kept.write(octets)
        else:
            file.write_bytes(octets)

    def remove(self) -> None:
        """Delete library and file; who has them mapped goes on."""
        shutil.rmtree(self.folder, ignore_errors=True)
