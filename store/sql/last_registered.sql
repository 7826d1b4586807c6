-- The position of the last registration of some kinds; null where there is none.
SELECT max(changed) FROM stream WHERE chronicle_id = $1 AND kind = ANY ($2::text[])
