-- Take back: Users have mail

PRAGMA foreign_keys = OFF;
CREATE TABLE old_users (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name TEXT NOT NULL CHECK (length(name) > 0));
INSERT INTO old_users (id, name) SELECT id, name FROM users;
DROP TABLE users;
ALTER TABLE old_users RENAME TO users;
PRAGMA foreign_keys = ON;
