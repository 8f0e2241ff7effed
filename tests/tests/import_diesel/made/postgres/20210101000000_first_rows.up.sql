-- revision: 20210101000000, down_revision: 20200506070810
-- First rows

INSERT INTO users (name) VALUES ('ann'), ('bob');
