-- Take back: First rows

DELETE FROM users WHERE name IN ('ann', 'bob');
