-- A part of statements: whether the entry `e` happened between $23 and $24, possibly or ($25)
-- certainly. What is undated did not; without $23 all is taken.
CASE
    WHEN $23::bigint IS NULL THEN true
    WHEN e.duration_class = 7 THEN false
    WHEN $25::boolean THEN (e.earliest >= $23 AND e.latest <= $24::bigint)
        OR (e.start_latest < e.end_earliest
            AND e.start_latest < $24 AND e.end_earliest > $23)
    ELSE e.earliest < $24 AND e.latest > $23
END
