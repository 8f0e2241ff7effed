-- What Alembic has made on SQLite, and a table for searching that the catalog has no words for.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('ae1027a6acf0');
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    mail VARCHAR(120) COLLATE NOCASE NOT NULL UNIQUE,
    balance NUMERIC(10, 2) DEFAULT 0 NOT NULL,
    made_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    CONSTRAINT ck_users_balance CHECK (balance >= 0)
);
CREATE TABLE posts (
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    title TEXT DEFAULT 'it''s new' NOT NULL,
    body TEXT,
    CONSTRAINT pk_posts PRIMARY KEY (id),
    CONSTRAINT fk_posts_user_id_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_posts_user_id ON posts (user_id, title DESC) WHERE body IS NOT NULL;
CREATE VIEW written AS SELECT users.mail, count(*) AS posts FROM users JOIN posts ON posts.user_id = users.id GROUP BY users.mail;
CREATE VIRTUAL TABLE found USING fts4(title, body);
CREATE TRIGGER posts_are_found AFTER INSERT ON posts BEGIN
    INSERT INTO found (docid, title, body) VALUES (NEW.id, NEW.title, NEW.body);
END;
