INSERT INTO months (month, first_id) VALUES (:month, :first_id)
