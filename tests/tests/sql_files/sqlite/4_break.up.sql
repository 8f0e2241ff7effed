-- revision: d, down_revision: c, irreversible: it never gets there
-- Break

INSERT INTO orders (id, quantity) VALUES (7, 7);

CREATE TABLE orders (id bigint PRIMARY KEY);
