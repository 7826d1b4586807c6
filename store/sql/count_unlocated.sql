-- The entries that a box cannot judge, of those that happened when they are asked for.
SELECT count(*)
FROM entry e
WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.west IS NULL
  AND $22::float8[] IS NOT NULL
  AND {matched}
  AND {happened}
