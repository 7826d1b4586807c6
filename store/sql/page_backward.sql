-- A page of entries, newest first. As of an old day almost all that is newest was not yet known,
-- so the arms start a day after that day ($15), and the few entries that were reported ahead of
-- their time come from an index of their own.
SELECT page.occurrence_id, page.earliest, page.known_from, page.position_from, b.value,
       s.name, v.version
FROM (
    SELECT row.*
    FROM (
        SELECT arm_row.*
        FROM (VALUES (0::smallint, ($5::bigint[])[1]), (1, ($5)[2]), (2, ($5)[3]), (3, ($5)[4]),
                     (4, ($5)[5]), (5, ($5)[6]), (6, ($5)[7])) AS arm (class, least)
        CROSS JOIN LATERAL (
            SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = arm.class
              AND e.earliest >= arm.least AND e.earliest < $7 AND e.earliest <= $15
              AND (e.earliest, e.occurrence_id) < ($12::bigint, $13::uuid)
              AND e.latest > $6
              AND e.known_from + 0 <= $3 AND e.known_to + 0 > $3
              AND e.position_from <= $4 AND e.position_to > $4
              AND CASE WHEN $11::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $11 <> 0 END
              AND ($9::text[] IS NULL OR e.kind = ANY ($9))
              AND ($10::text[] IS NULL OR e.tags && $10)
              AND (NOT $8::boolean OR (e.earliest >= $6 AND e.latest <= $7)
                   OR (e.start_latest < e.end_earliest
                       AND e.start_latest < $7 AND e.end_earliest > $6))
            ORDER BY e.earliest DESC, e.occurrence_id DESC
            LIMIT $14
        ) AS arm_row
        UNION ALL
        (
            SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.ahead
              AND e.earliest > $15 AND e.earliest < $7
              AND (e.earliest, e.occurrence_id) < ($12, $13)
              AND e.latest > $6
              AND e.known_from + 0 <= $3 AND e.known_to + 0 > $3
              AND e.position_from <= $4 AND e.position_to > $4
              AND CASE WHEN $11::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $11 <> 0 END
              AND ($9::text[] IS NULL OR e.kind = ANY ($9))
              AND ($10::text[] IS NULL OR e.tags && $10)
              AND (NOT $8::boolean OR (e.earliest >= $6 AND e.latest <= $7)
                   OR (e.start_latest < e.end_earliest
                       AND e.start_latest < $7 AND e.end_earliest > $6))
            ORDER BY e.earliest DESC, e.occurrence_id DESC
            LIMIT $14
        )
    ) AS row
    ORDER BY row.earliest DESC, row.occurrence_id DESC
    LIMIT $14
) AS page
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = page.occurrence_id
    AND b.position_from = page.position_from AND b.known_from = page.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = page.occurrence_id
CROSS JOIN LATERAL (
    SELECT version FROM stream_version
    WHERE chronicle_id = $1 AND stream_id = page.occurrence_id AND position <= $4
    ORDER BY version DESC LIMIT 1
) AS v
ORDER BY page.earliest DESC, page.occurrence_id DESC
