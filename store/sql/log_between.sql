-- The events after one position, up to another, with the bodies that are left of them: a row for
-- each stream that one belongs to. `in_stream` is that stream, `stream_id` the event's subject's.
SELECT v.stream_id AS in_stream, v.version AS in_version, s.kind AS in_kind, s.name AS in_name,
       f.stream_id, f.version, e.position, e.event_id, e.type, e.recorded_at, e.known_from,
       e.target, e.causation_id, e.correlation_id,
       report.bytes AS report, claims.bytes AS claims, personal.bytes AS personal
FROM event e
JOIN stream_version v ON v.chronicle_id = e.chronicle_id AND v.position = e.position
JOIN public.stream s ON s.chronicle_id = v.chronicle_id AND s.stream_id = v.stream_id
JOIN stream_version f ON f.chronicle_id = e.chronicle_id AND f.position = e.position
    AND f.ordinal = 0
LEFT JOIN body report ON report.chronicle_id = e.chronicle_id
    AND report.position = e.position AND report.part = 'report'
LEFT JOIN body claims ON claims.chronicle_id = e.chronicle_id
    AND claims.position = e.position AND claims.part = 'claims'
LEFT JOIN body personal ON personal.chronicle_id = e.chronicle_id
    AND personal.position = e.position AND personal.part = 'personal'
WHERE e.chronicle_id = $1 AND e.position > $2 AND e.position <= $3
ORDER BY e.position, v.ordinal
