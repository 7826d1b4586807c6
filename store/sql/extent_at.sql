-- How many entries a listing has in all, and of which outcomes their tolls are: what whoever writes
-- all of it must know before the first. Read as in `totals_at`, but what was merged away counts
-- where it is asked for. Without $28 all are looked at, else so many at most.
WITH listed AS (
    SELECT row.*
    FROM (VALUES (0::smallint, ($23::bigint[])[1]), (1, ($23)[2]), (2, ($23)[3]), (3, ($23)[4]),
                 (4, ($23)[5]), (5, ($23)[6]), (6, ($23)[7])) AS arm (class, least)
    CROSS JOIN LATERAL (
        SELECT e.occurrence_id, e.known_from, e.position_from
        FROM entry e
        WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = arm.class
          AND e.earliest >= arm.least AND e.earliest < $25
          AND e.latest > $24
          AND {matched}
          AND {located}
          AND (NOT $26::boolean OR (e.earliest >= $24 AND e.latest <= $25)
               OR (e.start_latest < e.end_earliest
                   AND e.start_latest < $25 AND e.end_earliest > $24))
    ) AS row
    UNION ALL
    SELECT e.occurrence_id, e.known_from, e.position_from
    FROM entry e
    WHERE $27::boolean
      AND e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = 7
      AND {matched}
      AND {located}
    LIMIT $28
)
SELECT (SELECT count(*) FROM listed) AS entries,
    ARRAY(
        SELECT DISTINCT toll ->> 'outcome'
        FROM listed
        JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = listed.occurrence_id
            AND b.position_from = listed.position_from AND b.known_from = listed.known_from
        CROSS JOIN LATERAL jsonb_array_elements(
            convert_from(b.value, 'UTF8')::jsonb -> 'toll'
        ) AS toll
        WHERE toll ->> 'scope' IS NULL OR toll ->> 'scope' = 'incident'
    ) AS outcomes
