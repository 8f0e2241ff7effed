-- revision: 20200506070810, down_revision: 20200506070809, transaction: false
-- Find posts

CREATE INDEX CONCURRENTLY posts_by_tag ON posts USING gin (tags);
