"""What counts as one place on the network."""

import pytest

from suixin.kit.addresses import neighbourhood


@pytest.mark.parametrize(("address", "expected"), [
    ("1.2.3.4", "1.2.3.4"), ("2001:db8:1:2:3::4", "2001:db8:1:2::"), ("::ffff:1.2.3.4", "1.2.3.4"), ("", ""), ("unix:", ""),
])
def test_ipv6_home_is_one_neighbourhood(address, expected):
    assert neighbourhood(address) == expected
