CREATE TABLE tenant_h.t (i int); INSERT INTO tenant_h.t VALUES (1), (2);
SELECT format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()) \gexec
