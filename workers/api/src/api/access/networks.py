"""Addresses: from which ones an API key may be used, and which of them are one customer. Pure."""

from ipaddress import AddressValueError, IPv6Network, ip_address, ip_network

import msgspec


def contain(networks: str, ip: str) -> bool:
    """Whether an address lies in one of the networks (JSON, CIDR); what is no address lies in none."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in msgspec.json.decode(networks, type=list[str]))


def whole(ip: str) -> str:
    """An IPv4 address as it is; of IPv6 the /64, because whoever has one address has all of it."""
    try:
        return str(IPv6Network(f"{ip}/64", strict=False))
    except AddressValueError:
        return ip
