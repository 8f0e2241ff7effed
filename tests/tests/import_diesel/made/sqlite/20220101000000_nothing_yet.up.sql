-- revision: 20220101000000, down_revision: 20210101000000
-- Nothing yet

-- to be decided

SELECT 1; -- there was no statement
