UPDATE v SET version_num='a' WHERE version_num='a'\; INSERT INTO l(format,run,message,at,checksum) values(2,'run','xx','2024-01-01T00:00:00Z','v1:0123456789abcdef0123456789abcdef');
