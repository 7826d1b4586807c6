DELETE FROM filling WHERE chronicle_id = $1 AND definition = $2
