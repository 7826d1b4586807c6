-- The events of some streams up to a position, in order, with the bodies that are left of them. An
-- event may belong to several: `in_stream` is the one it was found in, `stream_id` its subject's.
SELECT v.stream_id AS in_stream, v.version AS in_version, f.stream_id, f.version, e.position, e.event_id, e.type, e.recorded_at, e.known_from,
       e.target, e.causation_id, e.correlation_id,
       report.bytes AS report, claims.bytes AS claims, personal.bytes AS personal
FROM stream_version v
JOIN event e ON e.chronicle_id = v.chronicle_id AND e.position = v.position
JOIN stream_version f ON f.chronicle_id = v.chronicle_id AND f.position = v.position
    AND f.ordinal = 0
LEFT JOIN body report ON report.chronicle_id = v.chronicle_id
    AND report.position = v.position AND report.part = 'report'
LEFT JOIN body claims ON claims.chronicle_id = v.chronicle_id
    AND claims.position = v.position AND claims.part = 'claims'
LEFT JOIN body personal ON personal.chronicle_id = v.chronicle_id
    AND personal.position = v.position AND personal.part = 'personal'
WHERE v.chronicle_id = $1 AND v.stream_id = ANY ($2::uuid[]) AND v.position <= $3
ORDER BY v.position
