-- Take back: Create posts

DROP TABLE posts;
