-- The events after one position, up to another, as the feed tells them: each once, in its subject's
-- stream. Where it is asked for ($4), with the kinds and places that the occurrences it is about
-- were believed to be of just before it or after it, at any point of knowledge; of a place its folded
-- name, and the calendar seconds from and to which it happened there, null where it is undated.
SELECT s.kind AS in_kind, s.name AS in_name, f.stream_id, f.version,
       e.position, e.event_id, e.type, e.recorded_at, e.known_from,
       e.target, e.causation_id, e.correlation_id,
       report.bytes AS report, claims.bytes AS claims, personal.bytes AS personal,
       about.kinds, about.places
FROM event e
JOIN stream_version f ON f.chronicle_id = e.chronicle_id AND f.position = e.position
    AND f.ordinal = 0
JOIN stream s ON s.chronicle_id = f.chronicle_id AND s.stream_id = f.stream_id
LEFT JOIN body report ON report.chronicle_id = e.chronicle_id
    AND report.position = e.position AND report.part = 'report'
LEFT JOIN body claims ON claims.chronicle_id = e.chronicle_id
    AND claims.position = e.position AND claims.part = 'claims'
LEFT JOIN body personal ON personal.chronicle_id = e.chronicle_id
    AND personal.position = e.position AND personal.part = 'personal'
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT n.kind) FILTER (WHERE n.kind IS NOT NULL) AS kinds,
           jsonb_agg(DISTINCT jsonb_build_array(
               n.place_key, CASE WHEN n.duration_class < 7 THEN n.earliest END, n.latest
           )) FILTER (WHERE n.place_key IS NOT NULL) AS places
    FROM stream_version v
    JOIN entry n ON n.chronicle_id = v.chronicle_id AND n.occurrence_id = v.stream_id
        AND n.definition = 0 AND n.position_from <= v.position AND n.position_to >= v.position
    WHERE v.chronicle_id = e.chronicle_id AND v.position = e.position
) AS about ON $4
WHERE e.chronicle_id = $1 AND e.position > $2 AND e.position <= $3
ORDER BY e.position
