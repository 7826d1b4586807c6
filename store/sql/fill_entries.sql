-- The entries of a definition ($2 is its position) for some occurrences ($13): what was believed of
-- them there, as far as it is selected, with the end that it has by now. Taken from the entries of
-- definition 0, which hold every occurrence. The OFFSET keeps it to looking up one after another.
INSERT INTO entry (chronicle_id, definition, occurrence_id, known_from, known_to, position_from,
                   position_to, duration_class, earliest, latest, start_latest, end_earliest,
                   ahead, flags, kind, tags, place_key, actor_keys, west, south, east, north)
SELECT e.chronicle_id, $2, e.occurrence_id, e.known_from, e.known_to, e.position_from,
       e.position_to, e.duration_class, e.earliest, e.latest, e.start_latest, e.end_earliest,
       e.ahead, e.flags, e.kind, e.tags, e.place_key, e.actor_keys, e.west, e.south, e.east,
       e.north
FROM unnest($13::uuid[]) AS looked_at (occurrence_id)
CROSS JOIN LATERAL (
    SELECT *
    FROM entry
    WHERE chronicle_id = $1 AND occurrence_id = looked_at.occurrence_id AND definition = 0
      AND position_from < $2 AND position_to > $2
    OFFSET 0
) AS e
WHERE {selected}
