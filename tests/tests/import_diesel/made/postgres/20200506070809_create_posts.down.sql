-- Take back: Create posts

DROP VIEW written;
DROP TABLE posts;
