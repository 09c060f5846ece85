"""What is wrong with a package, an introduction or a peer; each sentence is for whoever holds the file."""

from suixin.kit.errors import BadRequest, NotFound, SuixinError


class PackageBroken(BadRequest):
    """A package is no package, is cut short, or something in it was changed."""

    code = "link-4001"


class PackageNotOurs(BadRequest):
    """A package is for somebody else, or was signed by a key that is not the sender's."""

    code = "link-4002"


class PackageRefused(BadRequest):
    """What was to be packed or unpacked cannot be: a bad name, a file that changed, a folder that is taken."""

    code = "link-4003"


class PackageDiskFull(SuixinError):
    """No room; nothing was kept of what was being written."""

    code = "link-507"
    http_status = 507
    retry = True


class WrongPeer(BadRequest):
    """An introduction is not one, or a step does not fit the peer's state."""

    code = "link-4004"


class UnknownPeer(NotFound):
    """There is no such peer, or it is not in force."""

    code = "link-404"
