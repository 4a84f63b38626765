-- People who share a phone are all held by a suppression of it: an address may be an alias of several leads,
-- and of one beside whose own it is.
CREATE TABLE shared_aliases (
  address TEXT NOT NULL,
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  PRIMARY KEY (address, lead_id)
) STRICT, WITHOUT ROWID;
INSERT INTO shared_aliases (address, lead_id) SELECT address, lead_id FROM aliases;
DROP TABLE aliases;
ALTER TABLE shared_aliases RENAME TO aliases;
CREATE INDEX aliases_by_lead ON aliases (lead_id);
