-- What was sold for a price, night by night with its discounts, guests and charges (`api.sales`): a change prices what it
-- changes and leaves the rest. Null in what was stored before: it is read from the lines then.
ALTER TABLE bookings ADD COLUMN sale TEXT CHECK (sale IS NULL OR json_valid(sale));
ALTER TABLE quotes ADD COLUMN sale TEXT CHECK (sale IS NULL OR json_valid(sale));
