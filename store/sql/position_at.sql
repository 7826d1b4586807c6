-- The last position recorded up to an instant.
SELECT position FROM event
WHERE chronicle_id = $1 AND recorded_at <= $2
ORDER BY recorded_at DESC LIMIT 1
