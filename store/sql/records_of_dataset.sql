-- The rows of a data set that reports were ever made of, in the order of their bytes.
SELECT DISTINCT record
FROM report
WHERE chronicle_id = $1 AND record > $2 AND record < $3
ORDER BY record
LIMIT $4
