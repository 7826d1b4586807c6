-- What the earlier registrations of some things ($2 their kinds, $3 their ids) said holds until the
-- next one.
UPDATE naming AS earlier
SET position_to = (
    SELECT min(later.position_from)
    FROM naming AS later
    WHERE later.chronicle_id = $1 AND later.kind = earlier.kind AND later.id = earlier.id
      AND later.position_from > earlier.position_from
)
WHERE earlier.chronicle_id = $1
  AND (earlier.kind, earlier.id) IN (SELECT * FROM unnest($2::text[], $3::text[]))
  AND earlier.position_to = 9223372036854775807
  AND EXISTS (
    SELECT FROM naming AS later
    WHERE later.chronicle_id = $1 AND later.kind = earlier.kind AND later.id = earlier.id
      AND later.position_from > earlier.position_from
  )
