UPDATE head
SET position = $2, recorded_at = $3, changed = $4, defined = $5
WHERE chronicle_id = $1
