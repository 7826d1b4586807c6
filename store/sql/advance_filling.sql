UPDATE filling SET reached = $3 WHERE chronicle_id = $1 AND definition = $2
