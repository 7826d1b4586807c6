UPDATE api_key
SET revoked_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
WHERE key_id = $1 AND revoked_at IS NULL
