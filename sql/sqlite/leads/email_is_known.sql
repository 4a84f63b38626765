-- Whether another lead has an e-mail address, be it beside a phone.
SELECT EXISTS (SELECT 1 FROM leads AS l WHERE l.address = :email AND l.id <> :lead_id)
    OR EXISTS (SELECT 1 FROM leads AS l WHERE l.email = :email AND l.email <> l.address AND l.id <> :lead_id)
