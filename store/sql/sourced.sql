-- A part of statements: whether the entry `e` has one of the sources that its definition asks for
-- ($13), in the cell of $14 and $15, or is included whatever its sources. They are asked for when
-- entries are read: who reports can change while the belief stays the same.
CASE
    WHEN $13::jsonb IS NULL THEN true
    WHEN {named} THEN true
    ELSE {from_sources $21=$13}
END
