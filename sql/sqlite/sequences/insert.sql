INSERT INTO sequences (name) VALUES (:name)
