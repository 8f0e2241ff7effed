ALTER TABLE users ADD COLUMN name VARCHAR(80);

CREATE INDEX users_name_idx ON users (name);
