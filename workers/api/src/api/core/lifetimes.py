"""How long one stays signed in."""

from propflow.clock import DAY, MINUTE

SESSION_LIFE = 30 * DAY  # whatever is done with it
SESSION_IDLE = 7 * DAY  # when nothing is done with it
SEEN_EVERY = 5 * MINUTE  # how often "last seen" is written
MOVED_EVERY = MINUTE  # how often a key that is used from changing addresses is noted
