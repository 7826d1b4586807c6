-- The chronicles whose derived rows are of another make than $1, and of which: null is unknown.
SELECT c.chronicle_id, c.name, d.version
FROM chronicle c
LEFT JOIN derived d USING (chronicle_id)
WHERE d.version IS DISTINCT FROM $1
ORDER BY c.name
