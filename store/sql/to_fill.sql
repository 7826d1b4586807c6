-- How many events are still to be looked through for a chronicle's definitions. Null where all are
-- complete.
SELECT sum(definition - 1 - reached)::bigint FROM filling WHERE chronicle_id = $1
