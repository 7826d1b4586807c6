SELECT k.key_id, k.name, k.role, c.name AS chronicle
FROM api_key k LEFT JOIN chronicle c ON c.chronicle_id = k.chronicle_id
WHERE k.key_hash = $1 AND k.revoked_at IS NULL
