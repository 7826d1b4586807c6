-- The latest report of each row of a data set and what it claimed, stretch by stretch, each where it
-- was at home then. What merges and splits connect is followed to all its homes. `filed_from` is what
-- the report itself counts from. Where the claims count from there though they were changed, or from
-- nowhere, `changed` is the statement of the last change: only that says on which day it was made.
WITH RECURSIVE latest AS (
    SELECT DISTINCT ON (record) record, event_id, position, occurrence_id
    FROM report
    WHERE chronicle_id = $1 AND record = ANY ($2::text[])
    ORDER BY record, position DESC
), place (record, event_id, position, filed_to, occurrence_id) AS (
    SELECT record, event_id, position, occurrence_id, occurrence_id FROM latest
    UNION
    SELECT place.record, place.event_id, place.position, place.filed_to, other.stream_id
    FROM place
    JOIN stream_version own ON own.chronicle_id = $1 AND own.stream_id = place.occurrence_id
    JOIN event e ON e.chronicle_id = $1 AND e.position = own.position
        AND e.type IN ('occurrence.merged', 'occurrence.split')
    JOIN stream_version other ON other.chronicle_id = $1 AND other.position = own.position
)
SELECT place.record, place.event_id, place.position,
       coalesce(filed.name, filed.stream_id::text) AS occurrence,
       coalesce(home.name, home.stream_id::text) AS home,
       c.known_from, c.known_to, c.position_from, c.report, c.value, c.corrected,
       report.known_from AS filed_from, change.bytes AS changed
FROM place
JOIN event report ON report.chronicle_id = $1 AND report.event_id = place.event_id
JOIN stream filed ON filed.chronicle_id = $1 AND filed.stream_id = place.filed_to
JOIN stream home ON home.chronicle_id = $1 AND home.stream_id = place.occurrence_id
LEFT JOIN claim c ON c.chronicle_id = $1 AND c.occurrence_id = place.occurrence_id
    AND c.event_id = place.event_id AND c.position_to = 9223372036854775807
LEFT JOIN LATERAL (
    SELECT body.bytes
    FROM stream_version v
    JOIN event e ON e.chronicle_id = $1 AND e.position = v.position AND e.target = place.event_id
        AND e.type IN ('report.corrected', 'report.retracted')
    JOIN body ON body.chronicle_id = $1 AND body.position = e.position AND body.part = 'report'
    WHERE v.chronicle_id = $1
      AND v.stream_id IN (SELECT other.occurrence_id FROM place other
                          WHERE other.record = place.record)
      AND (c.event_id IS NULL OR (c.corrected AND c.known_from = report.known_from))
    ORDER BY v.position DESC
    LIMIT 1
) change ON true
ORDER BY place.record, c.known_from NULLS FIRST
