-- The reports that were taken from some documents, and where they were filed, in their order.
SELECT document, event_id, occurrence_id
FROM report
WHERE chronicle_id = $1 AND document = ANY ($2::text[])
ORDER BY position
