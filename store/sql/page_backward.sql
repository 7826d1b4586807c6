-- A page of entries, newest first. As of an old day almost all that is newest was not yet known,
-- so the arms start a day after that day ($30), and the few entries that were reported ahead of
-- their time come from an index of their own.
SELECT page.occurrence_id, page.earliest, page.known_from, page.position_from, b.value,
       s.name, v.version
FROM (
    SELECT row.*
    FROM (
        SELECT arm_row.*
        FROM (VALUES (0::smallint, ($23::bigint[])[1]), (1, ($23)[2]), (2, ($23)[3]), (3, ($23)[4]),
                     (4, ($23)[5]), (5, ($23)[6]), (6, ($23)[7])) AS arm (class, least)
        CROSS JOIN LATERAL (
            SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = arm.class
              AND e.earliest >= arm.least AND e.earliest < $25 AND e.earliest <= $30
              AND (e.earliest, e.occurrence_id) < ($27::bigint, $28::uuid)
              AND e.latest > $24
              AND {matched}
              AND {located}
              AND (NOT $26::boolean OR (e.earliest >= $24 AND e.latest <= $25)
                   OR (e.start_latest < e.end_earliest
                       AND e.start_latest < $25 AND e.end_earliest > $24))
            ORDER BY e.earliest DESC, e.occurrence_id DESC
            LIMIT $29
        ) AS arm_row
        UNION ALL
        (
            SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.ahead
              AND e.earliest > $30 AND e.earliest < $25
              AND (e.earliest, e.occurrence_id) < ($27, $28)
              AND e.latest > $24
              AND {matched}
              AND {located}
              AND (NOT $26::boolean OR (e.earliest >= $24 AND e.latest <= $25)
                   OR (e.start_latest < e.end_earliest
                       AND e.start_latest < $25 AND e.end_earliest > $24))
            ORDER BY e.earliest DESC, e.occurrence_id DESC
            LIMIT $29
        )
    ) AS row
    ORDER BY row.earliest DESC, row.occurrence_id DESC
    LIMIT $29
) AS page
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = page.occurrence_id
    AND b.position_from = page.position_from AND b.known_from = page.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = page.occurrence_id
CROSS JOIN LATERAL (
    SELECT version FROM stream_version
    WHERE chronicle_id = $1 AND stream_id = page.occurrence_id AND position <= $15
    ORDER BY version DESC LIMIT 1
) AS v
ORDER BY page.earliest DESC, page.occurrence_id DESC
