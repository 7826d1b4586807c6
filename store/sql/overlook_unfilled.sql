-- The entries of a definition that is still being filled are not missed where they are not there.
DELETE FROM pg_temp.entry AS made
USING public.filling AS f
WHERE f.chronicle_id = $1 AND made.chronicle_id = $1
  AND made.definition = f.definition AND made.position_from < f.definition
  AND NOT EXISTS (
    SELECT FROM public.entry AS live
    WHERE live.chronicle_id = $1
      AND (live.occurrence_id, live.definition, live.position_from, live.known_from)
        = (made.occurrence_id, made.definition, made.position_from, made.known_from)
  )
