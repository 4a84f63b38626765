//! Import: the exports that are known, and what their columns mean.
//!
//! A profile is recognised by headers that no other export has. What it does not name goes by the
//! table of aliases. All names are normalised; `#` stands for a number from 1.

use super::header::Headers;

/// An export of a known program.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Profile {
    /// As people call it.
    pub name: &'static str,
    /// The source that its keys belong to, unless the operator names one.
    pub source: &'static str,
    /// Sets of headers; a file with all of any set is such an export.
    signatures: &'static [&'static [&'static str]],
    /// What a row is.
    pub rows: Rows,
    /// Columns of the phone, best first.
    pub phones: &'static [&'static str],
    /// Fields and their columns, best first.
    pub fields: &'static [(&'static str, &'static [&'static str])],
    /// Columns of the key.
    pub keys: &'static [&'static str],
    /// Columns that say nothing elsewhere.
    pub passed_over: &'static [&'static str],
    /// What its cells are wrapped in.
    pub wrapping: Wrapping,
}

/// What the rows of an export are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Leads.
    Leads,
    /// People who must not be written to, and why.
    Suppressions(&'static str),
}

/// What a program does to its cells and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    /// Nothing.
    Plain,
    /// A letter before each value says what it is: `p:+60…`, `l:123`; a test lead may be among them.
    MetaPrefixes,
    /// Below the rows stand lines of one cell; a key of 18 characters is the same as its first 15.
    SalesforceFooter,
    /// Keys may begin with `zcrm_`.
    ZohoKeys,
}

const PLAIN: Profile = Profile {
    name: "",
    source: "",
    signatures: &[],
    rows: Rows::Leads,
    phones: &[],
    fields: &[],
    keys: &[],
    passed_over: &[],
    wrapping: Wrapping::Plain,
};

const MAILCHIMP_FIELDS: &[(&str, &[&str])] = &[
    ("email", &["email_address"]),
    ("country", &["cc"]),
    ("zone", &["timezone"]),
    ("offset", &["gmtoff"]),
    ("summer_offset", &["dstoff"]),
];

/// The first that fits is taken, so a file of people who left comes before the same export of those
/// who stayed.
const PROFILES: &[Profile] = &[
    // Our own. A lead's number is that of another lead in another database.
    Profile {
        name: "broadcaster",
        source: "broadcaster",
        signatures: &[&["id", "phone", "device", "tags", "suppressed"]],
        fields: &[("country", &["region"]), ("opt_out", &["suppressed"])],
        passed_over: &["id"],
        ..PLAIN
    },
    // An address is a phone's or an e-mail's.
    Profile {
        name: "broadcaster suppressions",
        source: "broadcaster",
        signatures: &[&["address", "reason", "since_at"]],
        rows: Rows::Suppressions("suppressed"),
        phones: &["address"],
        fields: &[("email", &["address"]), ("since", &["since_at"])],
        ..PLAIN
    },
    Profile {
        name: "Mailchimp unsubscribed",
        source: "mailchimp",
        signatures: &[&["email_address", "unsub_time"], &["unsub_time", "unsub_campaign_id"]],
        rows: Rows::Suppressions("unsubscribed"),
        fields: &[("email", &["email_address"]), ("country", &["cc"]), ("since", &["unsub_time"])],
        ..PLAIN
    },
    Profile {
        name: "Mailchimp cleaned",
        source: "mailchimp",
        signatures: &[&["email_address", "clean_time"], &["clean_time", "clean_campaign_id"]],
        rows: Rows::Suppressions("bounced"),
        fields: &[("email", &["email_address"]), ("country", &["cc"]), ("since", &["clean_time"])],
        ..PLAIN
    },
    Profile {
        name: "Mailchimp",
        source: "mailchimp",
        signatures: &[
            &["member_rating", "leid"],
            &["leid", "euid"],
            &["optin_time", "confirm_time"],
        ],
        fields: MAILCHIMP_FIELDS,
        keys: &["euid"],
        ..PLAIN
    },
    Profile {
        name: "Meta Lead Ads",
        source: "meta",
        signatures: &[
            &["adset_id", "form_id"],
            &["form_id", "is_organic"],
            &["form_id", "campaign_id", "created_time"],
        ],
        fields: &[("full_name", &["full_name", "nome_completo", "nombre_completo"])],
        keys: &["id"],
        wrapping: Wrapping::MetaPrefixes,
        ..PLAIN
    },
    Profile {
        name: "Google Contacts",
        source: "google",
        signatures: &[
            &["first_name", "phone_1_value"],
            &["first_name", "phone_1_label"],
            &["first_name", "e_mail_1_value"],
            &["first_name", "file_as", "labels"],
        ],
        phones: &["phone_#_value"],
        fields: &[
            ("email", &["e_mail_1_value"]),
            ("full_name", &["name", "file_as"]),
            ("company", &["organization_name"]),
            ("country", &["address_1_country"]),
            ("city", &["address_1_city"]),
            ("tags", &["labels"]),
        ],
        ..PLAIN
    },
    Profile {
        name: "Google Contacts (old)",
        source: "google",
        signatures: &[
            &["given_name", "family_name", "yomi_name"],
            &["given_name", "phone_1_value"],
            &["given_name", "group_membership"],
        ],
        phones: &["phone_#_value"],
        fields: &[
            ("email", &["e_mail_1_value"]),
            ("company", &["organization_1_name"]),
            ("job_title", &["organization_1_title"]),
            ("country", &["address_1_country"]),
            ("city", &["address_1_city"]),
            ("tags", &["group_membership"]),
        ],
        ..PLAIN
    },
    Profile {
        name: "Outlook",
        source: "outlook",
        signatures: &[
            &["given_yomi", "surname_yomi"],
            &["e_mail_address", "e_mail_2_address"],
            &["e_mail_address", "mobile_phone", "business_phone"],
        ],
        phones: &["mobile_phone", "primary_phone", "business_phone", "home_phone", "other_phone"],
        fields: &[
            ("email", &["e_mail_address", "e_mail_2_address", "e_mail_3_address"]),
            (
                "country",
                &[
                    "business_country_region",
                    "home_country_region",
                    "business_country",
                    "home_country",
                ],
            ),
            ("city", &["business_city", "home_city"]),
            ("tags", &["categories"]),
        ],
        ..PLAIN
    },
    Profile {
        name: "Shopify",
        source: "shopify",
        signatures: &[
            &["accepts_sms_marketing"],
            &["accepts_email_marketing", "total_spent"],
            &["default_address_phone"],
        ],
        phones: &["phone", "default_address_phone"],
        fields: &[
            ("country", &["default_address_country_code", "country_code"]),
            ("city", &["default_address_city"]),
            ("state", &["default_address_province_code"]),
            ("company", &["default_address_company"]),
            ("postal_code", &["default_address_zip"]),
            ("address", &["default_address_address1"]),
            ("consent", &["accepts_sms_marketing", "accepts_whatsapp_marketing"]),
            ("email_consent", &["accepts_email_marketing"]),
        ],
        keys: &["customer_id"],
        ..PLAIN
    },
    Profile {
        name: "WooCommerce",
        source: "woocommerce",
        signatures: &[
            &["aov", "country_region"],
            &["username", "last_active", "sign_up"],
            &["billing_phone", "billing_first_name"],
            &["billing_phone", "shipping_phone"],
        ],
        phones: &["billing_phone", "shipping_phone"],
        fields: &[
            ("email", &["email", "billing_email"]),
            ("first_name", &["billing_first_name", "shipping_first_name"]),
            ("last_name", &["billing_last_name", "shipping_last_name"]),
            ("company", &["billing_company", "shipping_company"]),
            ("city", &["city", "billing_city", "shipping_city"]),
            ("country", &["country_region", "billing_country", "shipping_country"]),
            ("postal_code", &["postal_code", "billing_postcode"]),
        ],
        ..PLAIN
    },
    Profile {
        name: "Zoho CRM",
        source: "zoho",
        signatures: &[
            &["lead_owner_id"],
            &["contact_owner_id"],
            &["record_id", "lead_owner"],
            &["is_converted"],
        ],
        phones: &["mobile", "phone"],
        fields: &[
            ("converted", &["is_converted"]),
            (
                "opt_out",
                &["email_opt_out", "sms_opt_out", "unsubscribed_mode", "unsubscribed_time"],
            ),
        ],
        keys: &["record_id"],
        wrapping: Wrapping::ZohoKeys,
        ..PLAIN
    },
    Profile {
        name: "Pipedrive",
        source: "pipedrive",
        signatures: &[
            &["person_name"],
            &["person_id"],
            &["person_phone_mobile"],
            &["person_phone_work"],
        ],
        phones: &[
            "person_phone_mobile",
            "person_phone_work",
            "person_phone",
            "person_phone_other",
            "person_phone_home",
        ],
        fields: &[
            (
                "email",
                &["person_email_work", "person_email", "person_email_home", "person_email_other"],
            ),
            ("full_name", &["person_name"]),
            ("first_name", &["person_first_name"]),
            ("last_name", &["person_last_name"]),
            ("company", &["person_organization", "person_organisation"]),
            ("tags", &["person_labels", "person_label"]),
            ("email_consent", &["person_marketing_status"]),
        ],
        keys: &["person_id"],
        ..PLAIN
    },
    Profile {
        name: "HubSpot",
        source: "hubspot",
        signatures: &[
            &["hs_object_id"],
            &["record_id", "contact_owner"],
            &["record_id", "lead_status"],
            &["record_id", "lifecycle_stage"],
            &["record_id", "create_date"],
            &["record_id", "phone_number"],
        ],
        phones: &[
            "mobile_phone_number",
            "mobilephone",
            "phone_number",
            "phone",
            "whatsapp_phone_number",
            "hs_whatsapp_phone_number",
        ],
        fields: &[
            ("company", &["associated_company", "company_name", "company"]),
            ("zone", &["time_zone", "hs_timezone"]),
        ],
        keys: &["record_id", "hs_object_id"],
        ..PLAIN
    },
    Profile {
        name: "Salesforce",
        source: "salesforce",
        signatures: &[
            &["company_account"],
            &["salutation", "lead_source"],
            &["lead_id", "lead_source"],
            &["contact_id", "account_name"],
            &["firstname", "lastname", "mobilephone"],
            &["firstname", "lastname", "leadsource"],
        ],
        phones: &[
            "mobile",
            "mobilephone",
            "mobile_phone",
            "phone",
            "business_phone",
            "home_phone",
            "other_phone",
        ],
        fields: &[
            ("company", &["company_account", "company", "account_name"]),
            ("country", &["country", "mailing_country", "mailingcountry"]),
            ("city", &["city", "mailing_city", "mailingcity"]),
        ],
        keys: &["lead_id", "contact_id", "record_id", "id"],
        wrapping: Wrapping::SalesforceFooter,
        ..PLAIN
    },
    Profile {
        name: "Klaviyo",
        source: "klaviyo",
        signatures: &[
            &["klaviyo_id"],
            &["email_marketing_consent", "sms_consent"],
            &["email_marketing_consent", "sms_marketing_consent"],
        ],
        fields: &[
            ("consent", &["sms_consent", "sms_marketing_consent"]),
            ("email_consent", &["email_marketing_consent"]),
        ],
        keys: &["klaviyo_id"],
        ..PLAIN
    },
];

impl Profile {
    /// The export that a file with these headers is.
    pub(super) fn detect(headers: &Headers) -> Option<&'static Profile> {
        let has_all = |names: &&[&str]| names.iter().all(|name| headers.find(name).is_some());
        PROFILES.iter().find(|profile| profile.signatures.iter().any(has_all))
    }

    /// Whether any profile recognises an export by this header.
    pub(super) fn any_has(name: &str) -> bool {
        let mut signatures = PROFILES.iter().flat_map(|profile| profile.signatures);
        signatures.any(|signature| signature.contains(&name))
    }

    /// The columns of the phone that a file has, best first.
    pub(super) fn phone_columns(&self, headers: &Headers) -> Vec<usize> {
        let numbered = |name: &str| -> Vec<String> {
            if name.contains('#') {
                (1..=20).map(|n| name.replace('#', &n.to_string())).collect()
            } else {
                vec![name.to_owned()]
            }
        };
        self.phones
            .iter()
            .flat_map(|name| numbered(name))
            .filter_map(|name| headers.find(&name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::header::normalise;

    #[test]
    fn every_name_in_a_profile_is_normalised() {
        for profile in PROFILES {
            let fields = profile.fields.iter().flat_map(|(_, columns)| columns.iter());
            let signatures = profile.signatures.iter().flat_map(|signature| signature.iter());
            let others = profile.phones.iter().chain(profile.keys).chain(profile.passed_over);
            for name in fields.chain(signatures).chain(others) {
                assert_eq!(
                    normalise(&name.replace("#", "1")),
                    name.replace("#", "1"),
                    "{name} of {}",
                    profile.name
                );
            }
        }
    }

    #[test]
    fn a_signature_belongs_to_one_profile() {
        for profile in PROFILES {
            for signature in profile.signatures {
                let headers = Headers::from_record(&signature.to_vec().into());
                assert_eq!(
                    Profile::detect(&headers).map(|found| found.name),
                    Some(profile.name),
                    "{signature:?}"
                );
            }
        }
    }

    #[test]
    fn an_unknown_file_has_no_profile() {
        let headers = Headers::from_record(&vec!["Name", "Phone", "Email", "City"].into());
        assert_eq!(Profile::detect(&headers), None);
    }
}
