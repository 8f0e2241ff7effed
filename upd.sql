BEGIN; UPDATE v SET version_num='a' WHERE version_num='a'; COMMIT;
