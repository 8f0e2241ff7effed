BEGIN\; SET LOCAL lock_timeout = 2000\; SET LOCAL row_security = off\; SET LOCAL idle_in_transaction_session_timeout = 60000\; LOCK TABLE v IN SHARE ROW EXCLUSIVE MODE\; COMMIT;
