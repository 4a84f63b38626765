//! Import: what columns are called in files that no profile knows, in several languages.
//!
//! All names are normalised. The order within the phone ranks is the order of preference.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Field names and the headers that mean them.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "email",
        &[
            "e_mail",
            "email_address",
            "e_mail_address",
            "mail",
            "work_email",
            "email_1",
            "e_mail_1",
            "correo",
            "correo_electronico",
            "courriel",
            "adresse_e_mail",
            "adresse_email",
            "emel",
            "alamat_emel",
            "alamat_email",
            "e_mail_adresse",
            "endereco_de_email",
            "endereco_de_e_mail",
            "indirizzo_email",
            "emailadres",
            "e_mailadres",
            "почта",
            "электронная_почта",
            "邮箱",
            "电子邮件",
            "メールアドレス",
        ],
    ),
    (
        "first_name",
        &[
            "firstname",
            "given_name",
            "fname",
            "forename",
            "prenom",
            "nombre",
            "primeiro_nome",
            "vorname",
            "nama_depan",
            "nama_pertama",
            "nome_proprio",
            "voornaam",
            "imie",
            "имя",
            "名",
        ],
    ),
    (
        "last_name",
        &[
            "lastname",
            "family_name",
            "surname",
            "lname",
            "apellido",
            "apellidos",
            "sobrenome",
            "apelido",
            "nachname",
            "nama_belakang",
            "nama_keluarga",
            "nom_de_famille",
            "cognome",
            "achternaam",
            "nazwisko",
            "фамилия",
            "姓",
        ],
    ),
    (
        "full_name",
        &[
            "name",
            "fullname",
            "contact_name",
            "customer_name",
            "lead_name",
            "display_name",
            "nome",
            "nome_completo",
            "nom_complet",
            "nombre_completo",
            "nombre_y_apellidos",
            "nama",
            "nama_penuh",
            "nama_lengkap",
            "vollstandiger_name",
            "volledige_naam",
            "姓名",
            "氏名",
            "имя_и_фамилия",
            "фио",
        ],
    ),
    (
        "company",
        &[
            "company_name",
            "organization",
            "organisation",
            "organization_name",
            "organisation_name",
            "account_name",
            "company_account",
            "associated_company",
            "business_name",
            "empresa",
            "entreprise",
            "societe",
            "firma",
            "unternehmen",
            "syarikat",
            "perusahaan",
            "azienda",
            "bedrijf",
            "компания",
            "公司",
        ],
    ),
    (
        "job_title",
        &[
            "title",
            "position",
            "role",
            "organization_title",
            "cargo",
            "puesto",
            "jawatan",
            "jabatan",
            "poste",
        ],
    ),
    (
        "city",
        &[
            "town",
            "ciudad",
            "cidade",
            "ville",
            "stadt",
            "bandar",
            "kota",
            "citta",
            "stad",
            "miasto",
            "город",
            "城市",
        ],
    ),
    (
        "state",
        &[
            "province",
            "region",
            "state_region",
            "negeri",
            "provinsi",
            "estado",
            "provincia",
            "bundesland",
        ],
    ),
    (
        "country",
        &[
            "country_code",
            "country_region",
            "country_name",
            "negara",
            "pais",
            "pays",
            "land",
            "paese",
            "kraj",
            "страна",
            "国家",
            "国",
        ],
    ),
    (
        "postal_code",
        &[
            "zip",
            "zip_code",
            "zipcode",
            "postcode",
            "post_code",
            "poskod",
            "kode_pos",
            "codigo_postal",
            "cep",
            "code_postal",
            "plz",
            "cap",
        ],
    ),
    (
        "address",
        &[
            "street",
            "street_address",
            "address_1",
            "address1",
            "direccion",
            "endereco",
            "morada",
            "adresse",
            "alamat",
            "indirizzo",
        ],
    ),
    (
        "zone",
        &[
            "timezone",
            "time_zone",
            "tz",
            "iana_timezone",
            "zona_waktu",
            "fuso_horario",
            "zona_horaria",
            "fuseau_horaire",
            "zeitzone",
        ],
    ),
    ("offset", &["gmtoff", "utc_offset", "gmt_offset", "tz_offset"]),
    (
        "tags",
        &[
            "tag",
            "labels",
            "label",
            "categories",
            "category",
            "etiquetas",
            "etiquettes",
            "group_membership",
            "segment",
            "segments",
        ],
    ),
    ("device", &["sending_device", "sender_device"]),
    (
        "consent",
        &[
            "sms_consent",
            "whatsapp_consent",
            "sms_marketing_consent",
            "whatsapp_marketing_consent",
            "accepts_sms_marketing",
            "accepts_whatsapp_marketing",
            "opt_in",
            "optin",
            "sms_opt_in",
            "whatsapp_opt_in",
            "marketing_consent",
            "consentimento",
            "consentimiento",
            "consentement",
        ],
    ),
    (
        "opt_out",
        &[
            "optout",
            "opted_out",
            "unsubscribed",
            "unsubscribe",
            "do_not_call",
            "do_not_contact",
            "dnc",
            "sms_opt_out",
            "whatsapp_opt_out",
            "phone_opt_out",
            "donotcall",
            "hasoptedoutofsms",
            "blacklisted",
            "suppressed",
        ],
    ),
];

/// The headers that mean a phone, best first. Two columns of the same rank are ambiguous.
const PHONES: &[&[&str]] = &[
    &[
        "mobile",
        "mobile_phone",
        "mobile_number",
        "mobile_no",
        "mobile_phone_number",
        "mobilephone",
        "cell",
        "cell_phone",
        "cell_number",
        "cellphone",
        "cellular",
        "handphone",
        "hand_phone",
        "hp",
        "no_hp",
        "nombor_hp",
        "no_telefon_bimbit",
        "telefon_bimbit",
        "nombor_telefon_bimbit",
        "telemovel",
        "celular",
        "telefone_celular",
        "numero_de_celular",
        "movil",
        "telefono_movil",
        "numero_de_movil",
        "portable",
        "telephone_portable",
        "mobiltelefon",
        "mobilnummer",
        "handy",
        "handynummer",
        "cellulare",
        "mobiel",
        "mobiele_nummer",
        "komorka",
        "telefon_komorkowy",
        "msisdn",
        "мобильный",
        "мобильный_телефон",
        "手机",
        "手机号",
        "手机号码",
        "携帯電話",
        "휴대폰",
        "الجوال",
        "موبايل",
    ],
    &[
        "whatsapp",
        "whatsapp_number",
        "whatsapp_phone_number",
        "whatsapp_no",
        "wa",
        "wa_number",
        "no_wa",
        "no_whatsapp",
        "nombor_whatsapp",
        "numero_whatsapp",
        "numero_de_whatsapp",
    ],
    &[
        "phone",
        "phone_number",
        "phone_no",
        "phonenumber",
        "telephone",
        "telephone_number",
        "tel",
        "tel_no",
        "contact_number",
        "contact_no",
        "contact_phone",
        "primary_phone",
        "phone_1",
        "sms",
        "sms_number",
        "telefon",
        "telefono",
        "telefone",
        "numero_de_telefone",
        "numero_de_telefono",
        "numero_telefono",
        "numero_de_telephone",
        "telefonnummer",
        "no_telefon",
        "nombor_telefon",
        "no_telepon",
        "nomor_telepon",
        "telefoonnummer",
        "fone",
        "numer_telefonu",
        "телефон",
        "номер_телефона",
        "电话",
        "电话号码",
        "電話番号",
        "전화번호",
        "هاتف",
        "رقم_الهاتف",
        "tophonenumber",
        "recipient",
    ],
    &[
        "work_phone",
        "business_phone",
        "office_phone",
        "company_phone",
        "billing_phone",
        "telefone_comercial",
    ],
    &["home_phone", "telefone_residencial", "other_phone", "shipping_phone", "phone_2"],
];

/// How the headers that mean an external key are called; used only when the source has a name.
pub(super) const KEYS: &[&str] =
    &["id", "record_id", "contact_id", "customer_id", "lead_id", "external_id", "key"];

struct Aliases {
    fields: HashMap<&'static str, &'static str>,
    phones: HashMap<&'static str, usize>,
}

static ALIASES: LazyLock<Aliases> = LazyLock::new(|| {
    let mut aliases = Aliases { fields: HashMap::new(), phones: HashMap::new() };
    for (field, names) in FIELDS {
        aliases.fields.insert(field, field);
        aliases.fields.extend(names.iter().map(|name| (*name, *field)));
    }
    for (rank, names) in PHONES.iter().enumerate() {
        aliases.phones.extend(names.iter().map(|name| (*name, rank)));
    }
    aliases
});

/// The field that a header means, other than a phone.
pub(super) fn field_of(name: &str) -> Option<&'static str> {
    ALIASES.fields.get(name).copied()
}

/// What a name means: a field that is known under many names, else itself.
pub(super) fn meaning(name: &str) -> &str {
    if phone_rank(name).is_some() { "phone" } else { field_of(name).unwrap_or(name) }
}

/// How good a phone column of this name is; 0 is best.
pub(super) fn phone_rank(name: &str) -> Option<usize> {
    ALIASES.phones.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::header::normalise;

    #[test]
    fn every_alias_is_normalised_and_means_one_thing() {
        let fields = FIELDS.iter().flat_map(|(field, names)| names.iter().chain([field]));
        let phones = PHONES.iter().flat_map(|names| names.iter());
        let mut seen = std::collections::HashSet::new();
        for name in fields.chain(phones) {
            assert_eq!(normalise(name), *name);
            assert!(seen.insert(name), "{name} means two things");
        }
    }

    #[test]
    fn a_mobile_is_better_than_a_phone() {
        assert!(phone_rank("telemovel") < phone_rank("telefone"));
        assert!(phone_rank("phone") < phone_rank("home_phone"));
        assert_eq!(phone_rank("fax"), None);
        assert_eq!(field_of("sobrenome"), Some("last_name"));
    }
}
