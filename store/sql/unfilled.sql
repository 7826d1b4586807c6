-- Of each chronicle the last definition that is not complete: the one that is likeliest to be read.
SELECT DISTINCT ON (f.chronicle_id)
       f.chronicle_id, v.stream_id, v.version, v.position, body.bytes AS report
FROM filling f
JOIN stream_version v ON v.chronicle_id = f.chronicle_id AND v.position = f.definition
JOIN body ON body.chronicle_id = f.chronicle_id
    AND body.position = f.definition AND body.part = 'report'
ORDER BY f.chronicle_id, f.definition DESC
