-- Take back: First rows

DELETE FROM users;
