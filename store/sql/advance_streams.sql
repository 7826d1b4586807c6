UPDATE stream
SET version = moved.version, changed = moved.changed
FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS moved (stream_id, version, changed)
WHERE stream.chronicle_id = $1 AND stream.stream_id = moved.stream_id
