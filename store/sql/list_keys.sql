SELECT k.key_id, k.name, k.role, c.name AS chronicle, k.created_at, k.revoked_at
FROM api_key k LEFT JOIN chronicle c ON c.chronicle_id = k.chronicle_id
ORDER BY k.created_at, k.key_id
