"""Carriers of messages, and which of them this installation has."""

from django.conf import settings

from suixin.ground.notify.channels.carrying import Carrier
from suixin.ground.notify.channels.gateway import GatewayCarrier
from suixin.ground.notify.channels.mail import MailCarrier
from suixin.ground.notify.models import Channel


def configured() -> tuple[str, ...]:
    """Channels that the settings name, in no order of preference."""
    mail = (Channel.MAIL.value,) if settings.SUIXIN.smtp_url and settings.SUIXIN.mail_from else ()
    return (*mail, *(name for name, _ in settings.SUIXIN.gateways))


def carrier_of(channel: str) -> Carrier:
    """The carrier of a configured channel."""
    return MailCarrier() if channel == Channel.MAIL else GatewayCarrier(channel)
