-- Every part of the chronicle and its whole: links are few, and a forest is checked as one.
SELECT occurrence_id, to_id FROM link WHERE chronicle_id = $1 AND relation = 'part-of'
