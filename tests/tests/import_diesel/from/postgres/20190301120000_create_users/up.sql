CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE users (
    id SERIAL PRIMARY KEY,
    name VARCHAR(40) NOT NULL,
    now mood NOT NULL DEFAULT 'glad',
    updated_at TIMESTAMP NOT NULL DEFAULT NOW()
);
SELECT diesel_manage_updated_at('users');
