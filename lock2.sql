SELECT CAST(CASE WHEN (SELECT count(*) FROM pg_catalog.pg_lock_status() l WHERE l.locktype = 'advisory') = 0 THEN '0' ELSE 'x' END AS INTEGER);
