"""Addresses: from which ones an API key may be used, and which of them are one customer. Pure."""

from ipaddress import AddressValueError, IPv6Network, ip_address, ip_network
from typing import NamedTuple

import msgspec


class Network(NamedTuple):
    """Some of the addresses around one, and how many times what one customer may have is theirs together."""

    name: str
    prefix: int
    times: float


# A customer has a /64, and gets a /56 or a /48 for the asking. So the /64s of one /48 are no strangers to each other.
IPV6 = ((64, 1), (56, 1.5), (48, 2))


def contain(networks: str, ip: str) -> bool:
    """Whether an address lies in one of the networks (JSON, CIDR); what is no address lies in none."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in msgspec.json.decode(networks, type=list[str]))


def around(ip: str) -> list[Network]:
    """The networks of an IPv6 address, the smallest first; an IPv4 address, and what is none, stands for itself."""
    try:
        return [Network(str(IPv6Network(f"{ip}/{prefix}", strict=False)), prefix, times) for prefix, times in IPV6]
    except AddressValueError:
        return [Network(ip, 0, 1)]
