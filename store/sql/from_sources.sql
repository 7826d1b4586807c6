-- A part of statements: whether a live report about the entry `e` is from one of some sources ($21),
-- in the cell of $14 and $15, under a name that it had when it reported. Without sources all is
-- taken.
($21::jsonb IS NULL OR EXISTS (
    SELECT FROM claim c
    CROSS JOIN LATERAL (
        VALUES (c.source_key, c.reported_from, c.reported_to)
    ) AS n (key, since, until)
    WHERE c.chronicle_id = $1 AND c.occurrence_id = e.occurrence_id
      AND c.known_from <= $14 AND c.known_to > $14
      AND c.position_from <= $15 AND c.position_to > $15
      AND {borne $19=$21}
))
