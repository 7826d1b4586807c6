-- The entries that totals are made of: those of a listing, all of them, in no order. As in
-- `page_forward`, each duration class is a range of the index; what is undated has none, and counts
-- where no date is asked for ($18). What is merged away is counted where it went, never here.
SELECT page.occurrence_id, s.name, b.value
FROM (
    SELECT row.*
    FROM (VALUES (0::smallint, ($12::bigint[])[1]), (1, ($12)[2]), (2, ($12)[3]), (3, ($12)[4]),
                 (4, ($12)[5]), (5, ($12)[6]), (6, ($12)[7])) AS arm (class, least)
    CROSS JOIN LATERAL (
        SELECT e.occurrence_id, e.known_from, e.position_from
        FROM entry e
        WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = arm.class
          AND e.earliest >= arm.least AND e.earliest < $14
          AND e.latest > $13
          AND e.known_from + 0 <= $10 AND e.known_to + 0 > $10
          AND e.position_from <= $11 AND e.position_to > $11
          AND e.flags & 64 = 0
          AND CASE WHEN $19::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $19 <> 0 END
          AND {selected}
          AND ($16::text[] IS NULL OR e.kind = ANY ($16))
          AND ($17::text[] IS NULL OR e.tags && $17)
          AND (NOT $15::boolean OR (e.earliest >= $13 AND e.latest <= $14)
               OR (e.start_latest < e.end_earliest
                   AND e.start_latest < $14 AND e.end_earliest > $13))
    ) AS row
    UNION ALL
    SELECT e.occurrence_id, e.known_from, e.position_from
    FROM entry e
    WHERE $18::boolean
      AND e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = 7
      AND e.known_from + 0 <= $10 AND e.known_to + 0 > $10
      AND e.position_from <= $11 AND e.position_to > $11
      AND e.flags & 64 = 0
      AND CASE WHEN $19::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $19 <> 0 END
      AND {selected}
      AND ($16::text[] IS NULL OR e.kind = ANY ($16))
      AND ($17::text[] IS NULL OR e.tags && $17)
) AS page
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = page.occurrence_id
    AND b.position_from = page.position_from AND b.known_from = page.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = page.occurrence_id
LIMIT $20
