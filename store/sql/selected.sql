-- A part of statements, not one of its own: whether a definition selects the entry `e`. Its filters
-- are $3 to $9; without $3 all is selected, as of the entries of a definition that is complete.
-- It is `domain.timelines.Definition.holds`, in SQL. The CASE keeps the planner from guesses.
CASE
    WHEN $3::uuid[] IS NULL THEN true
    WHEN e.occurrence_id = ANY ($3) THEN false
    WHEN e.occurrence_id = ANY ($4::uuid[]) THEN true
    WHEN cardinality($4) > 0 AND EXISTS (
        SELECT FROM away a
        WHERE a.chronicle_id = $1 AND a.into_id = e.occurrence_id AND a.occurrence_id = ANY ($4)
          AND a.known_from <= e.known_from AND a.known_to >= e.known_to
          AND a.position_from <= e.position_from AND a.position_to > e.position_from
    ) THEN true
    ELSE ($5::text[] IS NULL OR e.kind = ANY ($5))
        AND ($6::text[] IS NULL OR e.tags && $6)
        AND CASE
            WHEN $7::bigint IS NULL THEN true
            WHEN e.duration_class = 7 THEN false
            WHEN $9::boolean THEN (e.earliest >= $7 AND e.latest <= $8::bigint)
                OR (e.start_latest < e.end_earliest
                    AND e.start_latest < $8 AND e.end_earliest > $7)
            ELSE e.earliest < $8 AND e.latest > $7
        END
END
