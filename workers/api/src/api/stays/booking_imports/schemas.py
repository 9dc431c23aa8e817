"""What a line with a booking accepts."""

from api.inventory.imports.decisions import Checks
from api.inventory.imports.schemas import whole
from api.stays.booking_imports.rows import COLUMNS
from api.stays.bookings.schemas import BookingImport

_BOOKING = whole(BookingImport, COLUMNS)
BOOKINGS = Checks(create=_BOOKING, change=_BOOKING)
