"""``ucity worker``: the process that stores what arrives and runs the rules. ``ucity serve`` starts it."""

from ucity.commands.lean import stay_lean
from ucity.settings import load_settings


def worker() -> None:
    """Take in the logs and run the rules until stopped. Settings come from the environment."""
    stay_lean()
    import uvloop  # noqa: PLC0415 - other commands do without it and the rest

    from ucity.cloud.ioc.manage.districts import load_districts  # noqa: PLC0415
    from ucity.cloud.ioc.manage.profile import keep_profile  # noqa: PLC0415
    from ucity.commands.logs import configure_logs  # noqa: PLC0415
    from ucity.worker import work  # noqa: PLC0415

    settings = load_settings()
    configure_logs(settings.log_level)
    districts = load_districts(settings.data, keep_profile(settings.data))
    uvloop.run(work(settings, districts.locate))
