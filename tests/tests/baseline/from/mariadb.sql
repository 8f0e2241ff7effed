-- What sea-orm-migration has made on MariaDB, with columns that change by themselves.
CREATE TABLE seaql_migrations (version VARCHAR(255) NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL);
INSERT INTO seaql_migrations VALUES ('m20220101_000001_create_users', 0);
CREATE TABLE users (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    mail VARCHAR(120) NOT NULL,
    made_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    changed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    UNIQUE KEY uq_users_mail (mail)
);
INSERT INTO users (mail) VALUES ('ann'), ('bob');
CREATE TABLE posts (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id INT UNSIGNED NOT NULL,
    title VARCHAR(200) NOT NULL DEFAULT 'it''s new',
    state ENUM('draft', 'out') NOT NULL DEFAULT 'draft',
    KEY ix_posts_title (title(20)),
    CONSTRAINT fk_posts_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE changes (
    post_id BIGINT NOT NULL,
    at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    CONSTRAINT fk_changes_post FOREIGN KEY (post_id) REFERENCES posts (id)
);
CREATE VIEW written AS SELECT mail, count(*) AS posts FROM users JOIN posts ON posts.user_id = users.id GROUP BY mail;
CREATE EVENT clean ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO DELETE FROM changes;
