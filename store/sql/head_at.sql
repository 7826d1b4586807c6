-- The head, without waiting for who holds it.
SELECT position, recorded_at, changed, defined,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
FROM head WHERE chronicle_id = $1
