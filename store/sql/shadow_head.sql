INSERT INTO pg_temp.head (chronicle_id) VALUES ($1)
