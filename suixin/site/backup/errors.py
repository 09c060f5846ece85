"""What may go wrong with a backup or a restore."""

from suixin.kit.errors import SuixinError


class BackupFailed(SuixinError):
    """The backup could not be made; nothing that looks like one is left."""

    code = "backup-500"


class BrokenBackup(SuixinError):
    """The backup is incomplete, was changed, or is none; the sentence names the file."""

    code = "backup-422"
    http_status = 422


class WrongPassphrase(SuixinError):
    """The passphrase is absent, too short, or not the one that the backup was made with."""

    code = "backup-403"
    http_status = 403


class NewerBackup(SuixinError):
    """The backup is of a newer release than this one."""

    code = "backup-409"
    http_status = 409


class NotEmpty(SuixinError):
    """The place to restore into holds something."""

    code = "restore-409"
    http_status = 409


class RestoreFailed(SuixinError):
    """What was restored does not prove itself; nothing was put in place."""

    code = "restore-500"
