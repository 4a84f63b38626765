-- The phones beside an e-mail address; whoever asks for one wants to know whether there is another.
SELECT l.address FROM leads AS l WHERE l.email = :email AND l.email <> l.address LIMIT 2
