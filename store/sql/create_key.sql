INSERT INTO api_key (key_hash, key_id, chronicle_id, name, role, created_at)
VALUES ($1, $2, $3, $4, $5, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
