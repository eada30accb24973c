"""Words that displays at stops show, in both languages."""

from ucity.blueprint import Text

NOTHING: Text = {"ko": "", "en": ""}
ARRIVING: Text = {"ko": "곧 도착", "en": "Arriving"}
CANCELLED: Text = {"ko": "운행 취소", "en": "Cancelled"}
_MINUTES: Text = {"ko": "{minutes}분", "en": "{minutes} min"}

OCCUPANCY: dict[str, Text] = {
    "empty": {"ko": "여유", "en": "Empty"},
    "many_seats_available": {"ko": "여유", "en": "Many seats"},
    "few_seats_available": {"ko": "보통", "en": "Few seats"},
    "standing_room_only": {"ko": "혼잡", "en": "Standing"},
    "crushed_standing_room_only": {"ko": "매우 혼잡", "en": "Crowded"},
    "full": {"ko": "만차", "en": "Full"},
    "not_accepting_passengers": {"ko": "승차 불가", "en": "Not boarding"},
    "not_boardable": {"ko": "승차 불가", "en": "Not boarding"},
}
"""By the words of the stream; nothing for what is not known."""


def until(minutes: int, lang: str) -> str:
    """How long one has to wait."""
    return _MINUTES[lang].format(minutes=minutes) if minutes else ARRIVING[lang]
