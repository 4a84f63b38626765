//! Adapter: from a parcel to the HTTP request that a gateway expects.
//!
//! Values come out of [`Pattern`]s and go through an encoder, always: percent-encoding in the URL,
//! the query and forms, a JSON value in JSON, a header value that refuses line ends. No request is
//! put together from text.

use std::collections::BTreeSet;

use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::{Map, Value as Json};

use super::Parcel;
use super::pattern::Pattern;
use super::scope::Scope;
use super::secrets::OpenSecrets;

/// One kind of request, compiled.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub url: UrlPattern,
    /// Pairs of the query, beside those in the URL.
    pub query: Vec<(String, Pattern)>,
    /// Headers.
    pub headers: Vec<(HeaderName, Pattern)>,
    /// User and password of HTTP Basic authentication.
    pub basic: Option<(Pattern, Pattern)>,
    /// The body.
    pub body: RequestBody,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub enum RequestBody {
    /// None.
    Empty,
    /// `application/json`.
    Json(JsonPattern),
    /// `application/x-www-form-urlencoded`; a name may come more than once.
    Form(Vec<(String, Pattern)>),
    /// `multipart/form-data`; a name may come more than once.
    Multipart(Vec<(String, Pattern)>),
}

/// A JSON value with patterns in it.
#[derive(Debug, Clone)]
pub enum JsonPattern {
    /// A number, a truth value, null.
    Fixed(Json),
    /// A text.
    Filled(Pattern),
    /// A list.
    List(Vec<JsonPattern>),
    /// An object.
    Object(Vec<(String, JsonPattern)>),
}

impl Request {
    /// Whether the request has a place for a file.
    #[must_use]
    pub fn takes_media(&self) -> bool {
        self.patterns().iter().any(|pattern| pattern.asks_for("media"))
    }

    /// Every pattern of the request.
    #[must_use]
    pub fn patterns(&self) -> Vec<&Pattern> {
        let mut patterns = vec![&self.url.0];
        patterns.extend(self.query.iter().map(|(_, pattern)| pattern));
        patterns.extend(self.headers.iter().map(|(_, pattern)| pattern));
        patterns.extend(self.basic.iter().flat_map(|(user, password)| [user, password]));
        match &self.body {
            RequestBody::Empty => {}
            RequestBody::Json(json) => json.gather(&mut patterns),
            RequestBody::Form(pairs) | RequestBody::Multipart(pairs) => {
                patterns.extend(pairs.iter().map(|(_, pattern)| pattern));
            }
        }
        patterns
    }

    /// The request for one parcel.
    ///
    /// # Errors
    ///
    /// Why this parcel can't be put into the request, as a sentence.
    pub fn build(&self, client: &Client, scope: &Scope) -> Result<reqwest::Request, String> {
        let mut url = self.url.build(scope)?;
        let query = pairs(&self.query, scope)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(&query);
        }
        let mut request = client.request(self.method.clone(), url).headers(self.headers(scope)?);
        if let Some((user, password)) = &self.basic {
            let [user, password] = [user, password].map(|pattern| pattern.text(scope));
            request = request.basic_auth(user?.unwrap_or_default(), password?);
        }
        let request = self.body.add_to(request, scope)?;
        request.build().map_err(|error| error.without_url().to_string())
    }

    /// What the lead lacks of what the request can't be made without: `phone`, `company`, ...
    #[must_use]
    pub fn lacks(&self, parcel: &Parcel, secrets: &OpenSecrets) -> BTreeSet<String> {
        self.patterns().into_iter().flat_map(|pattern| pattern.lacks(parcel, secrets)).collect()
    }

    fn headers(&self, scope: &Scope) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::with_capacity(self.headers.len());
        for (name, pattern) in &self.headers {
            let Some(text) = pattern.text(scope)? else { continue };
            let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
                format!("`{}` has a character that the header {name} can't carry", pattern.source())
            })?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        Ok(headers)
    }
}

impl RequestBody {
    fn add_to(&self, request: RequestBuilder, scope: &Scope) -> Result<RequestBuilder, String> {
        Ok(match self {
            RequestBody::Empty => request,
            RequestBody::Json(body) => request.json(&body.fill(scope)?.unwrap_or(Json::Null)),
            RequestBody::Form(fields) => request.form(&pairs(fields, scope)?),
            RequestBody::Multipart(fields) => {
                let form = reqwest::multipart::Form::new();
                let fields = pairs(fields, scope)?.into_iter();
                request.multipart(
                    fields.fold(form, |form, (name, value)| form.text(name.to_owned(), value)),
                )
            }
        })
    }
}

impl JsonPattern {
    /// The value; `None` when it is to be left out.
    fn fill(&self, scope: &Scope) -> Result<Option<Json>, String> {
        Ok(Some(match self {
            JsonPattern::Fixed(value) => value.clone(),
            JsonPattern::Filled(pattern) => return pattern.json(scope),
            JsonPattern::List(items) => {
                let filled: Vec<Option<Json>> =
                    items.iter().map(|item| item.fill(scope)).collect::<Result<_, _>>()?;
                Json::Array(filled.into_iter().flatten().collect())
            }
            JsonPattern::Object(entries) => {
                let mut object = Map::with_capacity(entries.len());
                for (name, entry) in entries {
                    if let Some(value) = entry.fill(scope)? {
                        object.insert(name.clone(), value);
                    }
                }
                Json::Object(object)
            }
        }))
    }

    fn gather<'p>(&'p self, patterns: &mut Vec<&'p Pattern>) {
        match self {
            JsonPattern::Fixed(_) => {}
            JsonPattern::Filled(pattern) => patterns.push(pattern),
            JsonPattern::List(items) => items.iter().for_each(|item| item.gather(patterns)),
            JsonPattern::Object(entries) => {
                entries.iter().for_each(|(_, entry)| entry.gather(patterns));
            }
        }
    }
}

/// The pairs that are not left out.
fn pairs<'p>(
    patterns: &'p [(String, Pattern)],
    scope: &Scope,
) -> Result<Vec<(&'p str, String)>, String> {
    let mut filled = Vec::with_capacity(patterns.len());
    for (name, pattern) in patterns {
        if let Some(value) = pattern.text(scope)? {
            filled.push((name.as_str(), value));
        }
    }
    Ok(filled)
}

/// Reads the name of a header that a request may set.
///
/// # Errors
///
/// Why not, as a sentence.
pub fn header_name(text: &str) -> Result<HeaderName, String> {
    let name: HeaderName =
        text.parse().map_err(|_| format!("`{text}` is not the name of a header"))?;
    if name == CONTENT_LENGTH || name == TRANSFER_ENCODING {
        return Err(format!("the length of the body is ours to say; leave `{text}` out"));
    }
    Ok(name)
}

/// An absolute `http` or `https` URL with patterns in it.
#[derive(Debug, Clone)]
pub struct UrlPattern(Pattern);

impl UrlPattern {
    /// Compiles a URL; one that begins with `/` goes below `base`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a sentence.
    pub fn compile(base: Option<&str>, source: &str) -> Result<UrlPattern, String> {
        let whole = match base {
            Some(base) if source.starts_with('/') => {
                format!("{}{source}", base.trim_end_matches('/'))
            }
            _ => source.to_owned(),
        };
        let (scheme, rest) = whole.split_once("://").unwrap_or(("", &whole));
        if !["http", "https"].contains(&scheme) {
            return Err("a URL begins with http:// or https://".to_owned());
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err("a user or password in the URL would be shown; use `basic` and `secrets`"
                .to_owned());
        }
        // Whoever sends a lead's data must not be able to choose the host that it goes to.
        let names = Pattern::compile_url(authority)?.names();
        if names.iter().any(|name| !name.starts_with("device.") && !name.starts_with("secrets.")) {
            return Err("only device.* and secrets.* may choose the host of a URL".to_owned());
        }
        if names.is_empty() {
            Url::parse(&format!("{scheme}://{authority}"))
                .map_err(|error| format!("`{authority}` is not a host: {error}"))?;
        }
        Pattern::compile_url(&whole).map(UrlPattern)
    }

    /// The URL for one parcel.
    fn build(&self, scope: &Scope) -> Result<Url, String> {
        let text = self.0.text(scope)?.unwrap_or_default();
        let path = text.split(['?', '#']).next().unwrap_or(&text);
        // A URL parser swallows such a segment and the one before it, also when it is encoded.
        let climbs = |segment: &str| {
            matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
        };
        if path.split('/').any(climbs) {
            return Err(format!("`{}` has a path segment `.` or `..`", self.0.source()));
        }
        Url::parse(&text).map_err(|error| format!("`{}` makes no URL: {error}", self.0.source()))
    }

    /// Scheme, host and port when they are the same for every message.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let (scheme, rest) = self.0.source().split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        (!authority.contains('{')).then(|| format!("{scheme}://{authority}"))
    }
}

#[cfg(test)]
mod tests;
