-- made by refinery 0.9.2
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
INSERT INTO refinery_schema_history VALUES(1,'create_users','2026-11-27T15:34:42.277506926Z','2215064358586162225');
INSERT INTO refinery_schema_history VALUES(2,'create_orders','2026-11-27T15:34:42.277531142Z','12009350652145702967');
INSERT INTO refinery_schema_history VALUES(3,'add_user_name','2026-11-27T15:34:42.277533575Z','18178089718236568736');
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
