-- The occurrences that are included by their ids, and those that these were merged into.
SELECT id AS occurrence_id FROM unnest($2::uuid[]) AS id
UNION
SELECT into_id FROM away WHERE chronicle_id = $1 AND occurrence_id = ANY ($2::uuid[])
