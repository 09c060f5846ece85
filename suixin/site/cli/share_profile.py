"""`suixin share-profile`: a profile file for Delta Sharing clients of an application, with a new token in it."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For which application, how long, where this site is reached."""
    parser.add_argument("application", help="id of the application that reads")
    parser.add_argument("--base", default="http://127.0.0.1:8000", metavar="URL", help="scheme and host of this site for readers")
    parser.add_argument("--days", type=int, default=180, help="how long the token lasts (at most 365)")
    parser.add_argument("--revoke", action="store_true", help="end the tokens that the application has, instead of making one")


def run(options: argparse.Namespace) -> None:
    """Print the profile file: keep it as a secret, it is not shown again."""
    from suixin.data.doors.delta import recipients
    from suixin.ground.people.models import Application
    from suixin.kit import clock
    from suixin.kit.actor import SYSTEM
    from suixin.kit.errors import NotFound

    application = Application.objects.select_related("organisation").filter(app_id=options.application).first()
    if application is None:
        raise NotFound(f"没有应用“{options.application}”;请核对应用标识,或在控制台新建。")
    if options.revoke:
        ended = [recipients.revoke_token(one, actor=SYSTEM, reason="命令行吊销") for one in application.share_tokens.usable(clock.now())]
        print(f"已吊销应用“{application}”的共享令牌 {len(ended)} 个。")
        return
    token, text = recipients.make_token(application, actor=SYSTEM, days=options.days)
    print(recipients.profile(text, token, base=options.base).decode(), end="")
