-- Leads by an e-mail address that is not where their messages go: a suppression of it holds them, and
-- people look for them by it. A lead without one, or with no other address, costs nothing here.
CREATE INDEX leads_by_email ON leads (email) WHERE email <> address;

-- Until now a suppression held the leads whose own address it names, and no others: what those were sent
-- meanwhile was right.
UPDATE suppressions
SET newest_mark_at = max(newest_mark_at, (SELECT coalesce(max(p.newest_mark_at), 0) FROM paces AS p))
WHERE address IN (SELECT l.email FROM leads AS l WHERE l.email <> l.address)
   OR address IN (SELECT a.address FROM aliases AS a);
