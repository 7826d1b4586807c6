SELECT author, key, positions
FROM idempotency
WHERE chronicle_id = $1 AND (author, key) IN (SELECT * FROM unnest($2::text[], $3::text[]))
