-- The one lock that orders the appends of a chronicle. A statement of its own: what the following
-- statements read is then as the last holder left it.
SELECT position, recorded_at, changed, defined,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
FROM head
WHERE chronicle_id = $1
FOR UPDATE
