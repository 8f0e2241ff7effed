-- revision: 20200506070809, down_revision: 20190301120000
-- Create posts

CREATE TABLE posts (
    id INTEGER PRIMARY KEY NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL DEFAULT 'it''s; new',
    published BOOLEAN NOT NULL DEFAULT 0
);
CREATE INDEX posts_by_user ON posts (user_id) WHERE published;
CREATE TRIGGER posts_are_named AFTER INSERT ON posts WHEN NEW.title = '' BEGIN
    UPDATE posts SET title = 'untitled' WHERE id = NEW.id;
END;
