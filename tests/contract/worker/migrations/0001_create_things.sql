CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price REAL, body BLOB) STRICT;

CREATE TRIGGER things_are_named BEFORE INSERT ON things WHEN NEW.name = ''
BEGIN
  SELECT RAISE(ABORT, 'a thing needs a name');
END;
