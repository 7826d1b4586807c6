-- Events by their ids, each in its subject's stream.
SELECT v.stream_id, v.version, s.kind, s.name, e.position, e.event_id, e.type, e.recorded_at,
       e.known_from, e.target, e.causation_id, e.correlation_id,
       report.bytes AS report, claims.bytes AS claims, personal.bytes AS personal
FROM event e
JOIN stream_version v ON v.chronicle_id = e.chronicle_id AND v.position = e.position
    AND v.ordinal = 0
JOIN stream s ON s.chronicle_id = v.chronicle_id AND s.stream_id = v.stream_id
LEFT JOIN body report ON report.chronicle_id = e.chronicle_id
    AND report.position = e.position AND report.part = 'report'
LEFT JOIN body claims ON claims.chronicle_id = e.chronicle_id
    AND claims.position = e.position AND claims.part = 'claims'
LEFT JOIN body personal ON personal.chronicle_id = e.chronicle_id
    AND personal.position = e.position AND personal.part = 'personal'
WHERE e.chronicle_id = $1
  AND (e.event_id = ANY ($2::uuid[]) OR e.position = ANY ($3::bigint[]))
