-- The entries that hold at one of two points of knowledge ($16 before $14) and not at the other:
-- those that began to be believed in between and still are, and those that ended in between. Where a
-- definition asks for sources, also those that are believed at both, and have them at one only.
-- `side` is 'before' or 'after'.
SELECT changed.side, changed.occurrence_id, changed.earliest, changed.known_from,
       changed.position_from, b.value, s.name, v.version
FROM (
    SELECT 'after' AS side, e.occurrence_id, e.earliest, e.known_from, e.position_from
    FROM entry e
    WHERE e.chronicle_id = $1 AND e.definition = $2
      AND e.known_from > $16 AND e.known_from <= $14 AND e.known_to > $14
      AND e.position_from <= $15 AND e.position_to > $15
      AND e.flags & 96 = 0
      AND {selected}
      AND {sourced}
    UNION ALL
    SELECT 'before', e.occurrence_id, e.earliest, e.known_from, e.position_from
    FROM entry e
    WHERE e.chronicle_id = $1 AND e.definition = $2
      AND e.known_from <= $16 AND e.known_to > $16 AND e.known_to <= $14
      AND e.position_from <= $15 AND e.position_to > $15
      AND e.flags & 96 = 0
      AND {selected}
      AND {sourced $14=$16}
    UNION ALL
    SELECT CASE WHEN now.sourced THEN 'after' ELSE 'before' END,
           e.occurrence_id, e.earliest, e.known_from, e.position_from
    FROM entry e
    CROSS JOIN LATERAL (
        SELECT {sourced} AS sourced, {sourced $14=$16} AS was_sourced
    ) AS now
    WHERE $13::jsonb IS NOT NULL
      AND e.chronicle_id = $1 AND e.definition = $2
      AND e.known_from <= $16 AND e.known_to > $14
      AND e.position_from <= $15 AND e.position_to > $15
      AND e.flags & 96 = 0
      AND {selected}
      AND now.sourced <> now.was_sourced
) AS changed
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = changed.occurrence_id
    AND b.position_from = changed.position_from AND b.known_from = changed.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = changed.occurrence_id
CROSS JOIN LATERAL (
    SELECT version FROM stream_version
    WHERE chronicle_id = $1 AND stream_id = changed.occurrence_id AND position <= $15
    ORDER BY version DESC LIMIT 1
) AS v
ORDER BY changed.earliest, changed.occurrence_id
LIMIT $17
