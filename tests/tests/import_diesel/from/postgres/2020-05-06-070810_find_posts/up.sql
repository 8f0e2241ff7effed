CREATE INDEX CONCURRENTLY posts_by_tag ON posts USING gin (tags);
