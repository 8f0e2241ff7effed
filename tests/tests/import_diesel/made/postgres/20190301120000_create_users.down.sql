-- Take back: Create users

DROP TABLE users;
DROP TYPE mood;
