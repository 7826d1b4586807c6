-- A part of statements: whether a definition includes the entry `e` by its id ($4), or by that of
-- what is merged into it.
(e.occurrence_id = ANY ($4::uuid[]) OR (cardinality($4) > 0 AND EXISTS (
    SELECT FROM away a
    WHERE a.chronicle_id = $1 AND a.into_id = e.occurrence_id AND a.occurrence_id = ANY ($4)
      AND a.known_from <= e.known_from AND a.known_to >= e.known_to
      AND a.position_from <= e.position_from AND a.position_to > e.position_from
)))
