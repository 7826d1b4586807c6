SELECT chronicle_id, uuid, name FROM chronicle WHERE name = $1
