-- A page of entries, newest first. As of an old day almost all that is newest was not yet known,
-- so the arms start a day after that day ($22), and the few entries that were reported ahead of
-- their time come from an index of their own.
SELECT page.occurrence_id, page.earliest, page.known_from, page.position_from, b.value,
       s.name, v.version
FROM (
    SELECT row.*
    FROM (
        SELECT arm_row.*
        FROM (VALUES (0::smallint, ($12::bigint[])[1]), (1, ($12)[2]), (2, ($12)[3]), (3, ($12)[4]),
                     (4, ($12)[5]), (5, ($12)[6]), (6, ($12)[7])) AS arm (class, least)
        CROSS JOIN LATERAL (
            SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = arm.class
              AND e.earliest >= arm.least AND e.earliest < $14 AND e.earliest <= $22
              AND (e.earliest, e.occurrence_id) < ($19::bigint, $20::uuid)
              AND e.latest > $13
              AND e.known_from + 0 <= $10 AND e.known_to + 0 > $10
              AND e.position_from <= $11 AND e.position_to > $11
              AND CASE WHEN $18::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $18 <> 0 END
              AND {selected}
              AND ($16::text[] IS NULL OR e.kind = ANY ($16))
              AND ($17::text[] IS NULL OR e.tags && $17)
              AND (NOT $15::boolean OR (e.earliest >= $13 AND e.latest <= $14)
                   OR (e.start_latest < e.end_earliest
                       AND e.start_latest < $14 AND e.end_earliest > $13))
            ORDER BY e.earliest DESC, e.occurrence_id DESC
            LIMIT $21
        ) AS arm_row
        UNION ALL
        (
            SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.ahead
              AND e.earliest > $22 AND e.earliest < $14
              AND (e.earliest, e.occurrence_id) < ($19, $20)
              AND e.latest > $13
              AND e.known_from + 0 <= $10 AND e.known_to + 0 > $10
              AND e.position_from <= $11 AND e.position_to > $11
              AND CASE WHEN $18::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $18 <> 0 END
              AND {selected}
              AND ($16::text[] IS NULL OR e.kind = ANY ($16))
              AND ($17::text[] IS NULL OR e.tags && $17)
              AND (NOT $15::boolean OR (e.earliest >= $13 AND e.latest <= $14)
                   OR (e.start_latest < e.end_earliest
                       AND e.start_latest < $14 AND e.end_earliest > $13))
            ORDER BY e.earliest DESC, e.occurrence_id DESC
            LIMIT $21
        )
    ) AS row
    ORDER BY row.earliest DESC, row.occurrence_id DESC
    LIMIT $21
) AS page
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = page.occurrence_id
    AND b.position_from = page.position_from AND b.known_from = page.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = page.occurrence_id
CROSS JOIN LATERAL (
    SELECT version FROM stream_version
    WHERE chronicle_id = $1 AND stream_id = page.occurrence_id AND position <= $11
    ORDER BY version DESC LIMIT 1
) AS v
ORDER BY page.earliest DESC, page.occurrence_id DESC
