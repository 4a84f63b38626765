SELECT instance FROM key_names ORDER BY above DESC LIMIT 1
