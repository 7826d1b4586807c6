INSERT INTO derived (chronicle_id, version) VALUES ($1, $2)
ON CONFLICT (chronicle_id) DO UPDATE SET version = excluded.version
