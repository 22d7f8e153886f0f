"""The wheel carries the shared library, so it is made for one platform, but for every Python."""
import os
import re
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

HERE = Path(__file__).resolve().parent


class Binary(Distribution):
    """Not for every platform, though there is no extension module."""

    def has_ext_modules(self):
        return True


class Wheel(bdist_wheel):
    """py3-none-PLATFORM."""

    def get_tag(self):
        return "py3", "none", os.environ.get("PARLOR_WHEEL_PLATFORM") or super().get_tag()[2]


def version():
    """The version of the library, as the package has it from the header."""
    text = (HERE / "parlor" / "_constants.py").read_text(encoding="utf-8")
    return ".".join(re.search(rf"^VERSION_{part} = (\d+)$", text, re.M)[1] for part in ("MAJOR", "MINOR", "PATCH"))


setup(version=version(), distclass=Binary, cmdclass={"bdist_wheel": Wheel})
