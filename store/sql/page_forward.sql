-- A page of entries, oldest first, as an index range: one arm a duration class, each with its own
-- order and limit, so that none reads more than a page. $23 is the least `earliest` for each class,
-- since what began longer before `during` than its class lasts cannot reach into it.
SELECT page.occurrence_id, page.earliest, page.known_from, page.position_from, b.value,
       s.name, v.version
FROM (
    SELECT row.*
    FROM (VALUES (0::smallint, ($23::bigint[])[1]), (1, ($23)[2]), (2, ($23)[3]), (3, ($23)[4]),
                 (4, ($23)[5]), (5, ($23)[6]), (6, ($23)[7])) AS arm (class, least)
    CROSS JOIN LATERAL (
        SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from
        FROM entry e
        WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = arm.class
          AND e.earliest >= arm.least AND e.earliest < $25
          AND (e.earliest, e.occurrence_id) > ($27::bigint, $28::uuid)
          AND e.latest > $24
          AND {matched}
          AND {located}
          AND (NOT $26::boolean OR (e.earliest >= $24 AND e.latest <= $25)
               OR (e.start_latest < e.end_earliest
                   AND e.start_latest < $25 AND e.end_earliest > $24))
        ORDER BY e.earliest, e.occurrence_id
        LIMIT $29
    ) AS row
    ORDER BY row.earliest, row.occurrence_id
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
ORDER BY page.earliest, page.occurrence_id
