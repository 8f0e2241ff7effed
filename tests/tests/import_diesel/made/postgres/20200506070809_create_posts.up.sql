-- revision: 20200506070809, down_revision: 20190301120000
-- Create posts

CREATE TABLE posts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL DEFAULT 'it''s; new',
    tags TEXT[] NOT NULL DEFAULT '{}'
);
CREATE VIEW written AS SELECT name, count(posts.id) AS posts FROM users LEFT JOIN posts ON user_id = users.id GROUP BY name;
COMMENT ON TABLE posts IS 'What users write; -- all of it';
