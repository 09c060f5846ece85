"""What outlives its cause: tokens after a new password, a reset factor or a disabled account; factors that are not there."""

import pytest

from suixin.ground.people import oversight, staff, tokens
from suixin.ground.people.actions import create_account
from suixin.ground.people.credentials import Passkey, TokenScope
from suixin.ground.people.errors import TokenRefused
from suixin.ground.people.factors import recovery, removal, totp
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import tree
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
PASSWORD = "A-long-password"
WAYS = {
    "password": lambda account: oversight.give_password(account, actor=SYSTEM, reason="本人来电"),
    "factors": lambda account: oversight.reset_factors(account, actor=SYSTEM, reason="手机丢失"),
    "disabled": lambda account: staff.disable_account(account, actor=SYSTEM, reason="停职"),
    "enabled again": lambda account: staff.enable_account(
        staff.disable_account(account, actor=SYSTEM, reason="停职"), actor=SYSTEM, reason="复职"),
    "taken over by the system": lambda account: create_account("li", "Another-long-password-1"),
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_token_does_not_outlive_what_it_was_made_with(way: str) -> None:
    account = create_account("li", PASSWORD)
    _, text = tokens.make_token(account, "脚本", scope=TokenScope.READ, days=30)
    assert tokens.bearer_of(text).actor.key == "li"
    WAYS[way](account)
    with pytest.raises(TokenRefused, match="已撤销"):
        tokens.bearer_of(text)


def test_administrator_of_a_district_adopts_no_account_without_posts() -> None:
    city = tree()
    local = actor_of(create_account("local", PASSWORD, organisation=city.district_bureau, roles=("administrator",)))
    stranger = create_account("stranger", PASSWORD)
    with pytest.raises(NotAllowed):
        staff.give_post(stranger, actor=local, organisation=city.district_department, role="clerk")
    assert not stranger.posts.exists()


def test_removing_what_is_not_there_leaves_the_recovery_codes() -> None:
    account = create_account("li", PASSWORD)
    Passkey.objects.create(account=account, name="钥匙", credential_id="a", public_key=b"", rp_id="localhost")
    recovery.make_codes(account)
    totp.begin(account)
    for which in ("passkey-999999", "totp", "", "passkey-x"):
        removal.remove(account, which)
    assert (account.passkeys.count(), recovery.left(account)) == (1, recovery.COUNT)
