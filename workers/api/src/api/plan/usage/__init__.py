"""What a tenant uses: by day for people to look at, against its plan, and archived after 13 months."""
