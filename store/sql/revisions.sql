-- The revisions of a timeline ($2) after a position ($4), in order, up to $5 of them. Registrations
-- of the kinds ($3) that are asked by are among them, once the timeline is defined; each has a row
-- with the ordinal 0.
SELECT page.position, e.recorded_at
FROM (
    (
        SELECT position FROM revision
        WHERE chronicle_id = $1 AND stream_id = $2 AND position > $4
        ORDER BY position LIMIT $5
    )
    UNION
    SELECT n.position
    FROM unnest($3::text[]) AS of (kind)
    CROSS JOIN LATERAL (
        SELECT position_from AS position FROM naming
        WHERE chronicle_id = $1 AND kind = of.kind AND ordinal = 0
          AND position_from > greatest($4, (
              SELECT min(position) FROM revision WHERE chronicle_id = $1 AND stream_id = $2
          ))
        ORDER BY position_from LIMIT $5
    ) AS n
    ORDER BY position LIMIT $5
) AS page
JOIN event e ON e.chronicle_id = $1 AND e.position = page.position
ORDER BY page.position
