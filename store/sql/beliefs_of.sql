-- What was believed of one occurrence along the reported axis, on one basis.
SELECT known_from, known_to, position_from, value
FROM belief
WHERE chronicle_id = $1 AND occurrence_id = $2
  AND known_from <= $3
  AND position_from <= $4 AND position_to > $4
ORDER BY known_from
