//! Import: who the rows further up say that a row is, for a rehearsal. The store forgets each batch then, so that
//! whoever stands in an earlier one is new to it again; a row is counted here by the addresses that were read.

use super::seen::{Print, Seen};
use crate::lead::LeadRow;

/// What the store would find if it had kept the rows further up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FurtherUp {
    /// Nothing.
    Nobody,
    /// Other people with the e-mail address.
    Sharers,
    /// The lead.
    Lead,
    /// The lead, without the phone that this row has.
    LeadWithoutPhone,
    /// Several leads that the row could be.
    Several,
}

/// The e-mail addresses of rows with a phone.
pub(super) struct Emails {
    beside_a_phone: Seen,
    beside_several: Seen,
    /// Whether a lead without a phone takes that of a later row.
    leads_take_phones: bool,
}

impl Emails {
    pub(super) fn new(leads_take_phones: bool) -> Emails {
        Emails { beside_a_phone: Seen::new(), beside_several: Seen::new(), leads_take_phones }
    }

    /// Who a row is. `addresses` are those that rows further up are written to, `is_repeat` says whether the
    /// row's own is among them.
    pub(super) fn who(&mut self, row: &LeadRow, is_repeat: bool, addresses: &Seen) -> FurtherUp {
        let email = row.email.as_ref().map(|email| Print::of(email.as_str()));
        match (&row.phone, email) {
            (Some(_), _) if is_repeat => FurtherUp::Lead,
            (Some(_), Some(email)) if self.beside_a_phone.holds(email) => {
                self.beside_several.repeats(email);
                FurtherUp::Sharers
            }
            (Some(_), Some(email)) => {
                let is_known = addresses.holds(email);
                if self.leads_take_phones || !is_known {
                    self.beside_a_phone.repeats(email);
                }
                if is_known { FurtherUp::LeadWithoutPhone } else { FurtherUp::Nobody }
            }
            (None, Some(email)) if self.beside_several.holds(email) => FurtherUp::Several,
            (None, Some(email)) if is_repeat || self.beside_a_phone.holds(email) => FurtherUp::Lead,
            _ => FurtherUp::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::Address;

    fn told(rows: &[(&str, &str)], leads_take_phones: bool) -> Vec<FurtherUp> {
        let (mut addresses, mut emails) = (Seen::new(), Emails::new(leads_take_phones));
        let address =
            |text: &str| Some(text).filter(|text| !text.is_empty()).map(Address::from_canonical);
        let mut who = |(phone, email): &(&str, &str)| {
            let row =
                LeadRow { phone: address(phone), email: address(email), ..LeadRow::default() };
            let own = row.address().expect("one of them").as_str();
            let is_repeat = addresses.repeats(Print::of(own));
            emails.who(&row, is_repeat, &addresses)
        };
        rows.iter().map(&mut who).collect()
    }

    #[test]
    fn a_row_without_a_phone_is_whoever_has_its_email() {
        use FurtherUp::{Lead, Nobody, Several, Sharers};
        assert_eq!(told(&[("", "a@x"), ("", "a@x"), ("", "b@x")], true), [Nobody, Lead, Nobody]);
        assert_eq!(told(&[("+1", "a@x"), ("", "a@x"), ("+1", "")], true), [Nobody, Lead, Lead]);
        let shared = told(&[("+1", "a@x"), ("+2", "a@x"), ("", "a@x")], true);
        assert_eq!(shared, [Nobody, Sharers, Several]);
    }

    #[test]
    fn a_lead_without_a_phone_takes_the_first_one_that_comes() {
        use FurtherUp::{Lead, LeadWithoutPhone, Nobody, Several, Sharers};
        let rows = [("", "a@x"), ("+1", "a@x"), ("", "a@x"), ("+2", "a@x"), ("", "a@x")];
        assert_eq!(told(&rows, true), [Nobody, LeadWithoutPhone, Lead, Sharers, Several]);
        let kept = [Nobody, LeadWithoutPhone, Lead, LeadWithoutPhone, Lead];
        assert_eq!(told(&rows, false), kept);
    }
}
