"""Which city a data folder belongs to: the simulated one or a real one, and never both.

A simulated reading among a real city's would be worse than none, so a folder is one or the other from its first start.
"""

from pathlib import Path

from ucity.cloud.ioc.manage.profile import FILE, keep_profile
from ucity.cloud.ioc.manage.secrets import private_folder, write_private
from ucity.demo import FOLDER
from ucity.errors import StartupError

_FILES = ("districts.geojson", "coast.geojson", "places.geojson", FILE)


def settle(data: Path, *, demo: bool) -> None:
    """Put the simulated city's profile and geometry into ``data``, or a neutral profile where there is none.

    Raises StartupError when the folder belongs to a city of the other kind.
    """
    is_new, is_demo = not (data / FILE).exists(), _is_demo(data)
    if demo and not (is_new or is_demo):
        raise StartupError(
            f"{data} is the folder of a real city, whose data must not be mixed with simulated ones. Start it with "
            f"--no-demo, or give the demo a folder of its own with --data."
        )
    if not demo and is_demo:
        raise StartupError(
            f"{data} holds the simulated Busan. Give a real city a folder of its own with --data, or delete this one."
        )
    if not demo:
        keep_profile(data)
        return
    private_folder(data)
    for name in _FILES:
        write_private(data / name, (FOLDER / name).read_bytes())


def _is_demo(data: Path) -> bool:
    """By the first line of its profile, whatever version of ucity wrote it."""
    try:
        return (data / FILE).read_text().startswith(_first_line())
    except (OSError, UnicodeDecodeError):
        return False


def _first_line() -> str:
    return (FOLDER / FILE).read_text().partition("\n")[0]
