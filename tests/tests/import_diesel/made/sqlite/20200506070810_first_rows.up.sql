-- revision: 20200506070810, down_revision: 20200506070809
-- First rows

INSERT INTO users (name) VALUES ('ann'), ('bob');
