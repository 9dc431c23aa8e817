"""What a tenant may use: pure."""

from collections.abc import Collection

from api.plans.errors import feature_not_in_plan

# What one has, by meter, and the column of `plans` that limits it. The triggers' word is `limit_` and the meter.
HAD = {
    "units": "max_units",
    "users": "max_users",
    "properties": "max_properties",
    "feeds": "max_feeds",
    "push_targets": "max_push_targets",
    "files": "max_files",
    "storage_bytes": "max_storage_bytes",
}
LIMITED = {f"limit_{meter}": meter for meter in HAD}


def require_feature(features: Collection[str], feature: str, plan: str, app_url: str) -> None:
    """Raises Forbidden (403) when the plan lacks the feature. `features` come from the database with the caller."""
    if feature not in features:
        raise feature_not_in_plan(feature, plan, app_url)
