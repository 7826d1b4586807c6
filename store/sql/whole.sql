-- A part of statements: all entries of a listing, in no order. As in `page_forward`, each duration
-- class is a range of the index; what is undated has none, and counts where no date is asked for ($27).
SELECT row.*
FROM (VALUES (0::smallint, ($23::bigint[])[1]), (1, ($23)[2]), (2, ($23)[3]), (3, ($23)[4]),
             (4, ($23)[5]), (5, ($23)[6]), (6, ($23)[7])) AS arm (class, least)
CROSS JOIN LATERAL (
    SELECT e.occurrence_id, e.known_from, e.position_from, e.flags
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
SELECT e.occurrence_id, e.known_from, e.position_from, e.flags
FROM entry e
WHERE $27::boolean
  AND e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = 7
  AND {matched}
  AND {located}
