-- The events of some occurrences that became known after one point and up to another.
SELECT v.stream_id, e.position, e.event_id, e.type, e.known_from, e.target,
       report.bytes AS report, origin.bytes AS origin
FROM stream_version v
JOIN event e ON e.chronicle_id = v.chronicle_id AND e.position = v.position
LEFT JOIN body report ON report.chronicle_id = v.chronicle_id
    AND report.position = v.position AND report.part = 'report'
LEFT JOIN event aim ON aim.chronicle_id = v.chronicle_id AND aim.event_id = e.target
LEFT JOIN body origin ON origin.chronicle_id = v.chronicle_id
    AND origin.position = aim.position AND origin.part = 'report'
WHERE v.chronicle_id = $1 AND v.stream_id = ANY ($2::uuid[]) AND v.position <= $3
  AND e.known_from > $4 AND e.known_from <= $5
  AND e.type <> 'occurrence.linked'
ORDER BY v.position
