"""`suixin notify test`: one message by one channel at once, and what the provider said; nothing is kept."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and by which channel to whom."""
    parser.add_argument("deed", choices=["test"], help="test: hand one test message over and print the answer")
    parser.add_argument("--channel", choices=["mail", "sms", "wecom", "dingtalk"], default="mail", help="the channel (default: mail)")
    parser.add_argument("--to", required=True, metavar="ADDRESS", help="e-mail address, mobile number or account of the chat service")


def run(options: argparse.Namespace) -> int:
    """Print what the provider said; 1 when it did not take the message."""
    from suixin.ground.notify.channels import configured
    from suixin.ground.notify.channels.carrying import Outcome
    from suixin.ground.notify.trying import try_channel
    from suixin.kit.actor import SYSTEM

    if options.channel not in configured():
        print(f"没有设置渠道 {options.channel}；见 docs/notifications.md 的 SUIXIN_SMTP_URL、SUIXIN_MAIL_FROM 和 SUIXIN_GATEWAYS。")
        return 1
    answer = try_channel(options.channel, options.to, actor=SYSTEM)
    words = {Outcome.ACCEPTED: "已接受", Outcome.TEMPORARY: "暂时失败", Outcome.PERMANENT: "被拒绝", Outcome.UNKNOWN: "结果不明"}
    print(words[answer.outcome], answer.code, answer.receipt, answer.sentence)
    return 0 if answer.outcome == Outcome.ACCEPTED else 1
