"""What can go wrong with keys; each sentence is for whoever runs the installation."""

from suixin.kit.errors import SuixinError


class KeyMissing(SuixinError):
    """A key that existed, or that something was sealed with, is not there."""

    code = "key-5001"
    http_status = 500


class KeyUnreadable(SuixinError):
    """A key file is there but broken, or wrapped by another master key or provider."""

    code = "key-5002"
    http_status = 500


class KeyStateRefused(SuixinError):
    """A key version is retired or destroyed, or not in the state that the step needs."""

    code = "key-409"
    http_status = 409
