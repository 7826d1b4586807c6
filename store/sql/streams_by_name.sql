-- The streams that go by these names. $2 are kinds and $3 names, pair by pair.
SELECT s.stream_id, s.kind, s.name, s.version, s.changed
FROM stream s
JOIN unnest($2::text[], $3::text[]) AS wanted (kind, name)
    ON s.kind = wanted.kind AND s.name = wanted.name
WHERE s.chronicle_id = $1
