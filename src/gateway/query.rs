//! Adapter: asking a gateway whether it took a message, and reading its answer. A pure function of the
//! answer, the rules of the config and our key.
//!
//! Nothing is decided by the status alone: a 404 may mean that the gateway never saw the message, or
//! that the address is wrong. What no rule matches is [`Recollection::Unclear`].

use std::time::Duration;

use super::Recollection;
use super::reply::{Place, Reply};
use super::request::Request;
use super::rules::{Condition, Match, id_in};

/// How a gateway is asked about a message.
#[derive(Debug, Clone)]
pub struct Query {
    /// The request, made of the same parcel as the message's own.
    pub request: Request,
    /// How long after an answer was lost this gateway's word counts.
    pub after: Duration,
    /// How its answers are read.
    pub rules: QueryRules,
}

/// How a gateway's answers about a message are read.
#[derive(Debug, Clone, Default)]
pub struct QueryRules {
    /// Where the gateway's own name for the message stands; the first hit counts.
    pub id: Vec<Place>,
    /// In order; the first match wins.
    pub rules: Vec<QueryRule>,
}

/// When an answer looks like this, the message was taken, or was not.
#[derive(Debug, Clone)]
pub struct QueryRule {
    /// What the answer must look like.
    pub when: Condition,
    /// What it then says.
    pub verdict: QueryVerdict,
}

/// What a rule says of a message that the gateway was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryVerdict {
    /// It was taken.
    Taken,
    /// It was not.
    NotTaken,
    /// The answer says neither.
    Unclear,
}

impl QueryVerdict {
    /// All verdicts by the word that a config has for them.
    pub const WORDS: [(&'static str, QueryVerdict); 3] = [
        ("taken", QueryVerdict::Taken),
        ("not_taken", QueryVerdict::NotTaken),
        ("unclear", QueryVerdict::Unclear),
    ];
}

impl QueryRules {
    /// What an answer says of the message with this key.
    #[must_use]
    pub fn judge(&self, reply: &Reply, key: &str) -> Recollection {
        let unclear = || Recollection::Unclear { detail: reply.snippet() };
        for rule in &self.rules {
            match (rule.when.matches(reply), rule.verdict) {
                (Match::No, _) => {}
                (Match::Yes, QueryVerdict::Taken) => {
                    return Recollection::Taken { gateway_id: id_in(&self.id, reply, key) };
                }
                (Match::Yes, QueryVerdict::NotTaken) => return Recollection::NotTaken,
                // Whether the rule holds stood in the part of the body that was lost.
                (Match::Yes, QueryVerdict::Unclear) | (Match::Lost, _) => return unclear(),
            }
        }
        unclear()
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;
    use crate::gateway::reply::ReplyBody;

    fn rules() -> QueryRules {
        let rule = |status: &str, state: Option<&str>, verdict| QueryRule {
            when: Condition {
                status: Some(status.parse().unwrap()),
                json: state
                    .map(|state| {
                        let expected = crate::gateway::rules::Expected::Exactly(state.to_owned());
                        ("$.state".parse().unwrap(), expected)
                    })
                    .into_iter()
                    .collect(),
                ..Condition::default()
            },
            verdict,
        };
        QueryRules {
            id: vec!["$.id".parse().unwrap()],
            rules: vec![
                rule("200", Some("new"), QueryVerdict::Unclear),
                rule("200", None, QueryVerdict::Taken),
                rule("404", None, QueryVerdict::NotTaken),
            ],
        }
    }

    fn asked(status: u16, body: ReplyBody) -> Recollection {
        rules().judge(&Reply::new(status, HeaderMap::new(), body), "k")
    }

    fn whole(body: &str) -> ReplyBody {
        ReplyBody::Whole(body.as_bytes().to_vec())
    }

    #[test]
    fn the_first_rule_that_matches_says_whether_it_was_taken() {
        let taken = Recollection::Taken { gateway_id: Some("m-1".to_owned()) };
        assert_eq!(asked(200, whole(r#"{"id": "m-1"}"#)), taken);
        assert_eq!(asked(200, whole("gone")), Recollection::Taken { gateway_id: None });
        assert_eq!(asked(404, whole("")), Recollection::NotTaken);
    }

    #[test]
    fn what_no_rule_names_or_what_broke_off_says_nothing() {
        let broken = ReplyBody::Broken { so_far: b"{".to_vec(), why: "cut".to_owned() };
        for (status, body) in [
            (200, whole(r#"{"state": "new"}"#)),
            (200, broken),
            (500, whole("")),
            (410, whole("")),
            (302, whole("")),
        ] {
            let answer = asked(status, body);
            assert!(matches!(answer, Recollection::Unclear { .. }), "{status}: {answer:?}");
        }
    }
}
