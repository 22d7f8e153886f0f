#!/usr/bin/env python3
"""Makes the wheel of the Python package, with the library inside: `make wheel`.

    scripts/wheel.py [--library PATH] [--out FOLDER]

Without a library given, the release library with every service is built first. Where setuptools can not be had it says
`SKIPPED: reason` and ends with 77.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
NAME = {"darwin": "libparlor.0.dylib", "win32": "parlor.dll"}.get(sys.platform, "libparlor.so.0")


def release_library():
    """Builds the library as it is shipped, with every service."""
    built = {"darwin": "libparlor.dylib", "win32": "parlor.dll"}.get(sys.platform, "libparlor.so")
    variables = {**os.environ, "SERVICES": "all-services", "PARLOR_KINDS": "cdylib"}
    subprocess.run([str(ROOT / "scripts" / "lib.sh")], check=True, env=variables, cwd=ROOT)
    return TARGET / "release" / built


def glibc(library):
    """The newest version of glibc that the library asks for."""
    listed = subprocess.run(["objdump", "-T", str(library)], capture_output=True, text=True, check=True).stdout
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_(\d+\.\d+)", listed)}
    return max(versions)


def platform_tag(library):
    """The platform that the wheel is for: on Linux manylinux, by what the library needs; elsewhere setuptools knows."""
    if sys.platform != "linux":
        return None
    major, minor = glibc(library)
    return f"manylinux_{major}_{max(minor, 17)}_{platform.machine()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET / "wheel")
    said = parser.parse_args()
    library = said.library or release_library()
    venv = TARGET / "venv-wheel"
    made = subprocess.run([str(ROOT / "scripts" / "venv.sh"), str(venv), "setuptools==80.9.0"], cwd=ROOT)
    if made.returncode != 0:
        return made.returncode
    said.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=said.out) as folder:
        source = Path(folder) / "source"
        shutil.copytree(ROOT / "bindings" / "python", source,
                        ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info", "libparlor*"))
        inside = source / "parlor" / NAME
        shutil.copyfile(library, inside)
        if shutil.which("strip") and sys.platform == "linux":
            subprocess.run(["strip", "--strip-unneeded", str(inside)], check=True)
        for licence in ("LICENSE-MIT", "LICENSE-APACHE"):
            shutil.copyfile(ROOT / licence, source / licence)
        variables = {**os.environ, "PARLOR_WHEEL_PLATFORM": platform_tag(inside) or ""}
        pip = [str(venv / "bin" / "python"), "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--no-build-isolation", "--no-index", "--wheel-dir", str(Path(folder) / "dist"), str(source)]
        subprocess.run(pip, check=True, env=variables)
        wheel = next((Path(folder) / "dist").glob("*.whl"))
        target = said.out / wheel.name
        shutil.move(str(wheel), target)
    print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
