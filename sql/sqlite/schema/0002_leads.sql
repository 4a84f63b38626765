-- Leads, found by address and by the key of their source. `fields` is a JSON object of strings.
CREATE TABLE leads (
  id          INTEGER PRIMARY KEY,
  address     TEXT NOT NULL,
  email       TEXT,
  zone        TEXT,
  region      TEXT,
  device      TEXT,
  fields      TEXT NOT NULL DEFAULT '{}',
  source      TEXT,
  source_key  TEXT,
  imported_at INTEGER NOT NULL,
  changed_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX leads_by_address ON leads (address);
CREATE UNIQUE INDEX leads_by_source_key ON leads (source, source_key) WHERE source_key IS NOT NULL;

-- Other addresses of a lead: a second phone, or the one before it changed.
CREATE TABLE aliases (
  address TEXT PRIMARY KEY,
  lead_id INTEGER NOT NULL REFERENCES leads (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_lead ON aliases (lead_id);

-- Further keys of a lead: it came from several sources, or twice from one.
CREATE TABLE other_keys (
  source     TEXT NOT NULL,
  source_key TEXT NOT NULL,
  lead_id    INTEGER NOT NULL REFERENCES leads (id),
  PRIMARY KEY (source, source_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX other_keys_by_lead ON other_keys (lead_id);

CREATE TABLE tags (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- Clustered by tag, since an enrollment walks a tag's leads in order of their id.
CREATE TABLE lead_tags (
  tag_id  INTEGER NOT NULL REFERENCES tags (id),
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  PRIMARY KEY (tag_id, lead_id)
) STRICT, WITHOUT ROWID;

-- Every field name that any lead has had, so that templates can be checked without a scan.
CREATE TABLE field_names (
  name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Addresses that must not be written to. Not tied to a lead: it outlives deletion and re-import.
CREATE TABLE suppressions (
  address        TEXT PRIMARY KEY,
  reason         TEXT NOT NULL,
  since_at       INTEGER NOT NULL,
  newest_mark_at INTEGER NOT NULL   -- the newest dispatch to its lead that was marked before
) STRICT, WITHOUT ROWID;
