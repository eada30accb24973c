"""What a process of the city logs: lines of JSON, ours and those of libraries, without anything secret."""

import json
import signal
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import logging, structlog
from ucity.commands.logs import configure_logs
configure_logs("info")
structlog.contextvars.bind_contextvars(request_id="r1")
log = structlog.get_logger()
log.debug("not this")
logging.getLogger("httpx").info("GET https://example.org/?key=hidden")
log.info("ours", number=1)
logging.getLogger("library").warning("theirs %s", 2)
def fail(password):
    raise ValueError("broken")
for logger in (log, logging.getLogger("library")):
    try:
        fail("hid" + "den")
    except ValueError:
        logger.exception("oh")
"""


def test_every_line_is_json_and_no_line_tells_what_variables_held() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)  # noqa: S603
    ours, theirs, *errors = (json.loads(line) for line in done.stderr.splitlines())
    assert (ours["event"], ours["number"], ours["level"], ours["request_id"]) == ("ours", 1, "info", "r1")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("theirs 2", "warning", "library")
    assert [error["exception"][0]["exc_value"] for error in errors] == ["broken", "broken"]
    assert "hidden" not in done.stderr
    assert done.stdout == ""


SERVING = """
import asyncio, os, structlog
from ucity.commands.logs import configure_logs
configure_logs("info")
log = structlog.get_logger()
async def serve():
    for number in range(2500):
        log.info("asked", number=number)
    log.info("before")
    log.warning("grave")
    os.abort()
asyncio.run(serve())
"""


def test_no_line_is_lost_that_came_before_a_grave_one(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        done = subprocess.run([sys.executable, "-c", SERVING], stderr=log, check=False)  # noqa: S603 - our own words
    assert done.returncode == -signal.SIGABRT
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert [each["number"] for each in events[:2500]] == list(range(2500))
    assert [each["event"] for each in events[2500:]] == ["before", "grave"]


def test_what_waits_is_written_when_the_process_ends() -> None:
    ending = SERVING.replace("os.abort()", "log.info('last')")
    done = subprocess.run([sys.executable, "-c", ending], capture_output=True, text=True, check=True)  # noqa: S603
    assert json.loads(done.stderr.splitlines()[-1])["event"] == "last"
