-- Ids are counted, not drawn from a sequence: chronicles are few, and a clash is tried again.
WITH made AS (
    INSERT INTO chronicle (chronicle_id, uuid, name)
    SELECT coalesce(max(chronicle_id), 0) + 1, $1, $2 FROM chronicle
    RETURNING chronicle_id
),
derived_as AS (
    INSERT INTO derived (chronicle_id, version) SELECT chronicle_id, $3 FROM made
)
INSERT INTO head (chronicle_id) SELECT chronicle_id FROM made
