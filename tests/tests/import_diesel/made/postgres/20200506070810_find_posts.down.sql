-- Take back: Find posts

DROP INDEX CONCURRENTLY posts_by_tag;
