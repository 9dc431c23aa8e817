"""What a tenant may use: pure."""

from collections.abc import Collection

from api.plan.plans.errors import feature_not_in_plan


def require_feature(features: Collection[str], feature: str, plan: str, app_url: str) -> None:
    """Raises Forbidden (403) when the plan lacks the feature. `features` come from the database with the caller."""
    if feature not in features:
        raise feature_not_in_plan(feature, plan, app_url)
