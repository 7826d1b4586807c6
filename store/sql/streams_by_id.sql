SELECT stream_id, kind, name, version, changed
FROM stream
WHERE chronicle_id = $1 AND stream_id = ANY ($2::uuid[])
