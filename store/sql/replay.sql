-- What entries of a timeline became at the next points of knowledge: at each, how the entry was just
-- before, and how it is from there on; null where there is none. They come after the point $16 and
-- the occurrence $17, up to the point $14, in the order of points and of occurrences, $18 at most.
--
-- Both ends of entries are ranges of an index, so that however much follows, little is read. Where a
-- definition asks for sources, entries also come and go while they are believed, as reports by these
-- do: no index tells when, and the claims of the chronicle are looked through.
--
-- The `+ 0` and the LIMIT 1, which leaves nothing out, make the planner take each entry by its
-- occurrence: right after an import, when it knows nothing of the rows yet, it took all of them.
WITH turn AS (
    SELECT known, occurrence_id
    FROM (
        (
            SELECT e.known_from AS known, e.occurrence_id
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = $2
              AND e.known_from >= $16 AND e.known_from <= $14
              AND (e.known_from, e.occurrence_id) > ($16, $17)
              AND e.position_from <= $15 AND e.position_to > $15
              AND e.flags & 96 = 0
              AND {selected}
            ORDER BY e.known_from, e.occurrence_id
            LIMIT $18
        )
        UNION
        (
            SELECT e.known_to, e.occurrence_id
            FROM entry e
            WHERE e.chronicle_id = $1 AND e.definition = $2
              AND e.known_to >= $16 AND e.known_to <= $14
              AND (e.known_to, e.occurrence_id) > ($16, $17)
              AND e.position_from <= $15 AND e.position_to > $15
              AND e.flags & 96 = 0
              AND {selected}
            ORDER BY e.known_to, e.occurrence_id
            LIMIT $18
        )
        UNION
        (
            SELECT end_of.known, c.occurrence_id
            FROM claim c
            CROSS JOIN LATERAL (VALUES (c.known_from), (c.known_to)) AS end_of (known)
            WHERE $13::jsonb IS NOT NULL
              AND c.chronicle_id = $1 AND $13 ? c.source_key
              AND end_of.known >= $16 AND end_of.known <= $14
              AND (end_of.known, c.occurrence_id) > ($16, $17)
              AND c.position_from <= $15 AND c.position_to > $15
            ORDER BY end_of.known, c.occurrence_id
            LIMIT $18
        )
    ) AS end_of
    ORDER BY known, occurrence_id
    LIMIT $18
)
SELECT turn.known AS turned, at.known, turn.occurrence_id,
       held.earliest, held.known_from, held.position_from, held.value, s.name, v.version
FROM turn
CROSS JOIN LATERAL (VALUES (turn.known - 1), (turn.known)) AS at (known)
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = turn.occurrence_id
CROSS JOIN LATERAL (
    SELECT version FROM stream_version
    WHERE chronicle_id = $1 AND stream_id = turn.occurrence_id AND position <= $15
    ORDER BY version DESC LIMIT 1
) AS v
LEFT JOIN LATERAL (
    SELECT e.earliest, e.known_from, e.position_from, b.value
    FROM entry e
    JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = e.occurrence_id
        AND b.position_from = e.position_from AND b.known_from = e.known_from
    WHERE e.chronicle_id = $1 AND e.occurrence_id = turn.occurrence_id AND e.definition + 0 = $2
      AND e.known_from + 0 <= at.known AND e.known_to + 0 > at.known
      AND e.position_from <= $15 AND e.position_to > $15
      AND e.flags & 96 = 0
      AND {selected}
      AND {sourced $14=at.known}
    LIMIT 1
) AS held ON true
ORDER BY turn.known, turn.occurrence_id, at.known
