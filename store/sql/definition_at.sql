-- The definition of one timeline in force at a position. `reached` is how far its entries are
-- filled, null where they are complete.
SELECT s.stream_id, v.version, v.position, body.bytes AS report, f.reached
FROM stream s
JOIN stream_version v ON v.chronicle_id = s.chronicle_id AND v.stream_id = s.stream_id
LEFT JOIN body ON body.chronicle_id = v.chronicle_id
    AND body.position = v.position AND body.part = 'report'
LEFT JOIN filling f ON f.chronicle_id = v.chronicle_id AND f.definition = v.position
WHERE s.chronicle_id = $1 AND s.kind = 'timeline' AND s.stream_id = $2 AND v.position <= $3
ORDER BY v.version DESC
LIMIT 1
