"""The application of one serving process."""

from waypost.base.log import set_up_logging
from waypost.base.settings import Settings, read_settings
from waypost.entrypoints.collector import settle_collector
from waypost.entrypoints.http.app import Application
from waypost.entrypoints.wiring import build_platform


def create_application() -> Application:
    """Build a worker's application by the settings of its environment."""
    settings = read_settings()
    set_up_logging(settings.log_level, settings.log_format)
    return build_application(settings)


def build_application(settings: Settings) -> Application:
    """Build the application, and have the collector leave alone what is there by then."""
    application = build_platform(settings).application
    settle_collector()
    return application
