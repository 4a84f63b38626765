UPDATE processing SET token = :new_token WHERE token = :token
