-- A part of statements: whether a definition selects the entry `e`. Its filters are $3 to $13;
-- without $3 all is selected, as of the entries of a definition that is complete. It is
-- `domain.timelines.Definition.holds`, in SQL; sources ($13) are no part of it, see `sourced.sql`.
-- The CASE keeps the planner from guesses.
CASE
    WHEN $3::uuid[] IS NULL THEN true
    WHEN e.occurrence_id = ANY ($3) THEN false
    WHEN {named} THEN true
    ELSE ($5::text[] IS NULL OR e.kind = ANY ($5))
        AND ($6::text[] IS NULL OR e.tags && $6)
        AND {placed $19=$10}
        AND {acted $20=$11}
        AND {located $22=$12}
        AND {happened $23=$7 $24=$8 $25=$9}
END
