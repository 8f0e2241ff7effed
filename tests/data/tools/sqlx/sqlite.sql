-- made by sqlx 0.8.6
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(20240101000000,'create users','2026-11-27 15:34:42',1,X'90d86fc702b09bfc0c75199d54faff3f3e56ca90556e47640c3843bc7e2f91544d2320422bbd705ebe9310e270020dfe',1448161);
INSERT INTO _sqlx_migrations VALUES(20240102000000,'create orders','2026-11-27 15:34:42',1,X'99509f5c5ffb0cb46e7c3b70a9182c8d698b5a5e62fc5e0b1509f554b291792da5576e3c806ff86b30854fc089211b8d',1399989);
INSERT INTO _sqlx_migrations VALUES(20240103000000,'add user name','2026-11-27 15:34:42',1,X'6737a50b61b1ed2eb2cccc24a9592b01bcd38ebb7d2b0a8717ec55512e6708166665e0ccffaf2cc2a8e32f9236a88a1f',1487029);
CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    email VARCHAR(120) NOT NULL, name VARCHAR(80),
    CONSTRAINT users_email_key UNIQUE (email)
);
CREATE TABLE orders (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    total NUMERIC(12, 2) NOT NULL DEFAULT 0,
    CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX orders_user_id_idx ON orders (user_id);
CREATE INDEX users_name_idx ON users (name);
COMMIT;
