-- The streams of some kinds that go by some names. A name may be another kind's too: the caller
-- looks each up by both.
SELECT stream_id, kind, name, version, changed
FROM stream
WHERE chronicle_id = $1 AND kind = ANY ($2::text[]) AND name = ANY ($3::text[])
