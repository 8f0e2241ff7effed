DROP VIEW written;
DROP TABLE posts;
