-- made by sea-orm-migration 1.1.20
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "seaql_migrations" ( "version" varchar NOT NULL PRIMARY KEY, "applied_at" bigint NOT NULL );
INSERT INTO seaql_migrations VALUES('m20240101_000001_create_users',1795793681);
INSERT INTO seaql_migrations VALUES('m20240102_000001_create_orders',1795793681);
INSERT INTO seaql_migrations VALUES('m20240103_000001_add_user_name',1795793681);
CREATE TABLE IF NOT EXISTS "users" ( "id" bigint NOT NULL PRIMARY KEY, "email" varchar(120) NOT NULL , "name" varchar(80) NULL);
CREATE TABLE IF NOT EXISTS "orders" ( "id" bigint NOT NULL PRIMARY KEY, "user_id" bigint NOT NULL, "total" real(12, 2) NOT NULL DEFAULT 0, FOREIGN KEY ("user_id") REFERENCES "users" ("id") );
CREATE UNIQUE INDEX "users_email_key" ON "users" ("email");
CREATE INDEX "orders_user_id_idx" ON "orders" ("user_id");
CREATE INDEX "users_name_idx" ON "users" ("name");
COMMIT;
