"""What the people who run the installation may do: dead letters, subscriptions, feature flags."""
