-- The entries that `during` cannot judge. One without an area is counted here too, and not with
-- those that a box cannot judge.
SELECT count(*)
FROM entry e
WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = 7
  AND {matched}
  AND (e.west IS NULL OR {located})
