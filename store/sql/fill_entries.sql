-- The entries of a new definition ($2 is its position): all that is believed there and that it
-- selects. Filled from the entries of definition 0, which hold every occurrence.
INSERT INTO entry (chronicle_id, definition, occurrence_id, known_from, known_to, position_from,
                   position_to, duration_class, earliest, latest, start_latest, end_earliest,
                   ahead, flags, kind, tags)
SELECT chronicle_id, $2, occurrence_id, known_from, known_to, position_from,
       position_to, duration_class, earliest, latest, start_latest, end_earliest,
       ahead, flags, kind, tags
FROM entry
WHERE chronicle_id = $1 AND definition = 0
  AND position_from < $2 AND position_to > $2
  AND occurrence_id <> ALL ($3::uuid[])
  AND (
      occurrence_id = ANY ($4::uuid[])
      OR (
          $5::boolean
          AND ($6::text[] IS NULL OR kind = ANY ($6))
          AND ($7::text[] IS NULL OR tags && $7)
          AND (
              $8::bigint IS NULL
              OR (duration_class < 7 AND NOT $10::boolean AND earliest < $9 AND latest > $8)
              OR (duration_class < 7 AND $10 AND (
                  (earliest >= $8 AND latest <= $9)
                  OR (start_latest < end_earliest AND start_latest < $9 AND end_earliest > $8)
              ))
          )
      )
  )
