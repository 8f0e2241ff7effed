-- revision: a, down_revision: None
-- Create orders

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    quantity bigint NOT NULL
);

CREATE TABLE totals (orders bigint NOT NULL);
INSERT INTO totals (orders) VALUES (0);
