CREATE TABLE loose (value);
