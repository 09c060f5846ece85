"""What can go wrong when a resident signs in, or acts for a firm; each sentence says what to do next."""

from suixin.kit.errors import BadRequest, NotAllowed, SuixinError


class BadIdentityFile(SuixinError):
    """The declaration of an identity provider breaks a rule; the sentence names file and key."""

    code = "identity-500"


class ProviderUnavailable(SuixinError):
    """The identity provider does not answer, or not as it declared; later it may."""

    code = "identity-503"
    http_status = 503
    retry = True


class SignInBroken(BadRequest):
    """The way back from the provider is not the way out: no, foreign, expired or used state; or no code."""

    code = "identity-400"


class SignInCancelled(BadRequest):
    """The person, or the provider, said no."""

    code = "identity-4001"


class IdentityNotProven(SuixinError):
    """What the provider sent does not prove who this is: signature, key, audience, nonce, time or code."""

    code = "identity-401"
    http_status = 401


class TooManySignIns(SuixinError):
    """An address started too many sign-ins; later it may again."""

    code = "identity-429"
    http_status = 429
    retry = True


class ResidentSuspended(NotAllowed):
    """The resident may not sign in for the time being."""

    code = "identity-403"


class TrustTooLow(NotAllowed):
    """What is asked for needs an identity that was proven better."""

    code = "identity-4031"


class BadAgency(BadRequest):
    """An agency cannot be given, accepted or used like this."""

    code = "agency-400"
