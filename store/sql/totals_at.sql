-- The entries that totals are made of: those of a listing, all of them, in no order. What is merged
-- away is counted where it went, never here.
SELECT page.occurrence_id, s.name, b.value
FROM (
    {whole}
) AS page
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = page.occurrence_id
    AND b.position_from = page.position_from AND b.known_from = page.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = page.occurrence_id
WHERE page.flags & 64 = 0
LIMIT $28
