CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    email VARCHAR(120) NOT NULL,
    CONSTRAINT users_email_key UNIQUE (email)
);
