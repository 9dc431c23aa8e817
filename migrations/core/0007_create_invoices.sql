-- Invoices and credit notes. Numbers are gapless per tenant and series: taken in the batch that issues the document.

CREATE TABLE invoice_sequences (
  tenant_id TEXT NOT NULL,
  series TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoices (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
  series TEXT NOT NULL,
  number INTEGER,
  source_key TEXT NOT NULL,
  booking_id TEXT NOT NULL,
  credits_id TEXT,
  status TEXT NOT NULL CHECK (status IN ('draft', 'issued')),
  total_amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  lines TEXT NOT NULL CHECK (json_valid(lines)),
  issued_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((status = 'issued') = (number IS NOT NULL)),
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX invoices_by_source ON invoices (tenant_id, source_key);
CREATE UNIQUE INDEX invoices_by_number ON invoices (tenant_id, series, number) WHERE number IS NOT NULL;

-- An issued document is history: it is corrected by another document, never changed.
CREATE TRIGGER invoices_issued_is_final BEFORE UPDATE ON invoices WHEN OLD.status = 'issued' BEGIN
  SELECT RAISE(ABORT, 'invoice_is_final');
END;

CREATE TRIGGER invoices_never_deleted BEFORE DELETE ON invoices WHEN OLD.status = 'issued' BEGIN
  SELECT RAISE(ABORT, 'invoice_is_final');
END;
