-- Take back: Create users

DROP TABLE users;
