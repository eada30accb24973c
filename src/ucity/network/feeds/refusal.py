"""Why a feed is refused: one error for all formats, with a reason that programs and pages can tell apart."""

from enum import StrEnum

from ucity.errors import Unprocessable


class Reason(StrEnum):
    """What is wrong with a feed, a file of it, or rows in it."""

    TOO_LARGE = "too_large"
    NOT_A_ZIP = "not_a_zip"
    HOSTILE_ARCHIVE = "hostile_archive"
    DAMAGED = "damaged"
    WRONG_FORMAT = "wrong_format"
    WRONG_ENCODING = "wrong_encoding"
    IN_A_FOLDER = "in_a_folder"
    MISSING_FILE = "missing_file"
    MISSING_COLUMN = "missing_column"
    REPEATED_COLUMN = "repeated_column"
    NO_ROWS = "no_rows"
    TOO_MANY_BAD_ROWS = "too_many_bad_rows"
    MISSING_VALUE = "missing_value"
    BAD_VALUE = "bad_value"
    DUPLICATE = "duplicate"
    UNKNOWN_REFERENCE = "unknown_reference"
    UNKNOWN_TIMEZONE = "unknown_timezone"
    SEVERAL_TIMEZONES = "several_timezones"
    NO_TIME = "no_time"
    BACK_IN_TIME = "back_in_time"
    TOO_FEW_STOPS = "too_few_stops"
    NO_POSITION = "no_position"
    NOT_REACHED = "not_reached"
    ADDRESS_REFUSED = "address_refused"


class FeedRefused(Unprocessable):
    """Nothing of this feed can be used. ``reason`` says why, ``file`` in which file of it, if in one."""

    title = "Feed refused"

    def __init__(self, reason: Reason, detail: str, *, file: str | None = None) -> None:
        extra = {"reason": str(reason)} | ({"file": file} if file else {})
        super().__init__(f"{file}: {detail}" if file else detail, **extra)
        self.reason = reason
        self.file = file
