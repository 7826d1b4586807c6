-- The occurrences of about one time, in one cell: for each duration class those that begin nearest,
-- before it and after it, each an index range with its own order and limit. $4 is where the one
-- that is asked about begins; $5 for each class the least `earliest`, $6 the greatest; $7 what
-- `latest` must reach; $8 the one itself. The `+ 0` keep the planner from the indexes on knowledge.
SELECT near.class, near.later, near.occurrence_id, b.value, s.name
FROM (
    SELECT arm.class, row.*
    FROM (VALUES (0::smallint, ($5::bigint[])[1]), (1, ($5)[2]), (2, ($5)[3]), (3, ($5)[4]),
                 (4, ($5)[5]), (5, ($5)[6]), (6, ($5)[7])) AS arm (class, least)
    CROSS JOIN LATERAL (
        (
            SELECT true AS later, e.earliest, e.occurrence_id, e.known_from, e.position_from
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = 0 AND e.duration_class = arm.class
              AND e.earliest >= greatest(arm.least, $4::bigint) AND e.earliest <= $6
              AND e.latest >= $7
              AND e.known_from + 0 <= $2 AND e.known_to + 0 > $2
              AND e.position_from <= $3 AND e.position_to > $3
              AND e.flags & 96 = 0 AND e.occurrence_id <> $8
            ORDER BY e.earliest, e.occurrence_id
            LIMIT $9
        )
        UNION ALL
        (
            SELECT false, e.earliest, e.occurrence_id, e.known_from, e.position_from
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = 0 AND e.duration_class = arm.class
              AND e.earliest >= arm.least AND e.earliest < $4 AND e.earliest <= $6
              AND e.latest >= $7
              AND e.known_from + 0 <= $2 AND e.known_to + 0 > $2
              AND e.position_from <= $3 AND e.position_to > $3
              AND e.flags & 96 = 0 AND e.occurrence_id <> $8
            ORDER BY e.earliest DESC, e.occurrence_id DESC
            LIMIT $9
        )
    ) AS row
) AS near
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = near.occurrence_id
    AND b.position_from = near.position_from AND b.known_from = near.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = near.occurrence_id
ORDER BY near.class, near.later,
    CASE WHEN near.later THEN near.earliest END, CASE WHEN near.later THEN near.occurrence_id END,
    near.earliest DESC, near.occurrence_id DESC
