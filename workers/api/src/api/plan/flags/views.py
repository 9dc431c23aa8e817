"""Feature flags as the API shows them."""

import msgspec


class FeatureFlags(msgspec.Struct, frozen=True, kw_only=True):
    """Each flag by name, as it is for the caller's organisation. A change may take a minute or more to be seen."""

    flags: dict[str, bool]
