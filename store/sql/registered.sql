-- What is registered of one kind at a position ($3): the last registration of each that is no older
-- than a position ($4), the others being known.
SELECT DISTINCT ON (s.stream_id)
       s.name, v.version, v.position, body.bytes AS report
FROM stream s
JOIN stream_version v ON v.chronicle_id = s.chronicle_id AND v.stream_id = s.stream_id
JOIN body ON body.chronicle_id = v.chronicle_id
    AND body.position = v.position AND body.part = 'report'
WHERE s.chronicle_id = $1 AND s.kind = $2 AND s.changed > $4 AND v.position <= $3
ORDER BY s.stream_id, v.version DESC
