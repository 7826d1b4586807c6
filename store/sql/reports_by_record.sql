-- The latest report of each row of a data set and what it claimed, stretch by stretch, each where it
-- was at home then. What merges and splits connect is followed to all its homes.
WITH RECURSIVE latest AS (
    SELECT DISTINCT ON (record) record, event_id, occurrence_id, position
    FROM report
    WHERE chronicle_id = $1 AND record = ANY ($2::text[])
    ORDER BY record, position DESC
), place (event_id, occurrence_id) AS (
    SELECT event_id, occurrence_id FROM latest
    UNION
    SELECT place.event_id, other.stream_id
    FROM place
    JOIN stream_version own ON own.chronicle_id = $1 AND own.stream_id = place.occurrence_id
    JOIN event e ON e.chronicle_id = $1 AND e.position = own.position
        AND e.type IN ('occurrence.merged', 'occurrence.split')
    JOIN stream_version other ON other.chronicle_id = $1 AND other.position = own.position
), held AS (
    SELECT c.event_id, c.occurrence_id, c.known_from, c.known_to, c.position_from, c.report,
           c.value, c.corrected
    FROM place
    JOIN claim c ON c.chronicle_id = $1 AND c.occurrence_id = place.occurrence_id
        AND c.event_id = place.event_id AND c.position_to = 9223372036854775807
)
SELECT latest.record, latest.event_id, latest.position,
       coalesce(filed.name, filed.stream_id::text) AS occurrence,
       coalesce(home.name, home.stream_id::text) AS home,
       held.known_from, held.known_to, held.position_from, held.report, held.value, held.corrected
FROM latest
JOIN stream filed ON filed.chronicle_id = $1 AND filed.stream_id = latest.occurrence_id
LEFT JOIN held ON held.event_id = latest.event_id
LEFT JOIN stream home ON home.chronicle_id = $1
    AND home.stream_id = coalesce(held.occurrence_id, latest.occurrence_id)
ORDER BY latest.record, held.known_from
