-- The streams that the events after one position, up to another, were the first of.
SELECT stream_id
FROM stream_version
WHERE chronicle_id = $1 AND position > $2 AND position <= $3 AND version = 1
