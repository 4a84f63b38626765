use proptest::prelude::*;

use super::*;
use crate::lead::{Address, LeadId};
use crate::sequence::StepNumber;

fn lead(fields: &[(&str, &str)]) -> Lead {
    Lead {
        region: Some("MY".to_owned()),
        fields: fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ..Lead::new(LeadId(1), Address::from_canonical("+60123456789"))
    }
}

fn constants(values: &[(&str, &str)]) -> BTreeMap<String, String> {
    values.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn render(source: &str, fields: &[(&str, &str)]) -> Result<String, TemplateError> {
    Template::parse(source)?.render(&lead(fields), &BTreeMap::new())
}

fn rendered(source: &str, fields: &[(&str, &str)]) -> String {
    render(source, fields).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn refused(source: &str) -> TemplateError {
    Template::parse(source).expect_err(source)
}

fn holds(source: &str, fields: &[(&str, &str)]) -> bool {
    let condition = Condition::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    condition.holds(&lead(fields), &constants(&[("limit", "10")]))
}

#[test]
fn fields_stand_where_their_names_stood() {
    let fields = [("first_name", "Aisha"), ("company", "Kopi & Co")];
    assert_eq!(
        rendered("Hi {{ first_name }} of {{company}}, {{ phone }} ({{ region }})!", &fields),
        "Hi Aisha of Kopi & Co, +60123456789 (MY)!"
    );
}

#[test]
fn the_second_column_of_a_name_has_a_number() {
    assert_eq!(rendered("{{ phone.2 }}", &[("phone.2", "+60198765432")]), "+60198765432");
}

#[test]
fn names_may_be_of_any_script() {
    assert_eq!(rendered("您好{{ 姓名 }}", &[("姓名", "小明")]), "您好小明");
}

#[test]
fn what_a_lead_says_is_never_read_as_a_template() {
    for hostile in ["{{ 7*7 }}", "{% if phone %}x{% endif %}", "{# gone #}", "}}{{", "{{ phone }}"]
    {
        let source = "Hi {{ name }}{{ name | upper | lower | default('x') }}";
        let expected = format!("Hi {hostile}{}", hostile.to_lowercase());
        assert_eq!(rendered(source, &[("name", hostile)]), expected);
    }
}

#[test]
fn data_of_every_script_comes_out_as_it_went_in() {
    for text in [
        "👩‍👩‍👧‍👦 🇲🇾",
        "مرحبا \u{202e}abc",
        "e\u{301}a\u{308}\u{323}",
        "\u{feff}\r\n\t\0",
        "<b>&amp;</b>",
    ] {
        assert_eq!(rendered("{{ name }}", &[("name", text)]), text);
    }
}

#[test]
fn a_missing_field_is_an_error_that_names_it() {
    let error = render("Hi\n{{ first_name }}", &[]).unwrap_err();
    insta::assert_snapshot!(
        error,
        @"this lead has no `first_name`; write `{{ first_name | default('...') }}` for such leads"
    );
    assert_eq!(error.range, Some(6..16));
}

#[test]
fn a_missing_field_stays_missing_through_filters_and_joins() {
    for source in ["{{ a | upper | trim }}", "{{ 'x' ~ a }}", "{{ a if not b }}", "{{ b or a }}"] {
        let error = render(source, &[]).expect_err(source);
        assert!(error.message.contains("has no `a`"), "{source}: {error}");
    }
}

#[test]
fn a_default_fills_a_missing_field_only() {
    let source = "Hi {{ first_name | default('there') }}";
    assert_eq!(rendered(source, &[]), "Hi there");
    assert_eq!(rendered(source, &[("first_name", "Aisha")]), "Hi Aisha");
    assert_eq!(rendered("{{ a | upper | default(b) | lower }}", &[("b", "BEE")]), "bee");
    let empty = constants(&[("greeting", "")]);
    let with = |source| Template::parse(source).unwrap().render(&lead(&[]), &empty).unwrap();
    assert_eq!(with("[{{ greeting | default('Hi') }}]"), "[]");
    assert_eq!(with("[{{ greeting | default('Hi', true) }}]"), "[Hi]");
}

#[test]
fn a_constant_stands_before_a_field_of_its_name() {
    let template = Template::parse("{{ shop_url }}").unwrap();
    let imported = lead(&[("shop_url", "https://evil.example")]);
    let fixed = constants(&[("shop_url", "https://shop.example")]);
    assert_eq!(template.render(&imported, &fixed).unwrap(), "https://shop.example");
}

#[test]
fn filters_do_what_they_are_called() {
    let fields = [("name", "  anna-maria o'NEIL  ")];
    for (source, text) in [
        ("{{ name | upper }}", "  ANNA-MARIA O'NEIL  "),
        ("{{ name | lower }}", "  anna-maria o'neil  "),
        ("{{ name | trim }}", "anna-maria o'NEIL"),
        ("{{ name | title }}", "  Anna-Maria O'neil  "),
        ("{{ name | trim | capitalize }}", "Anna-maria o'neil"),
        ("{{ name | first_word }}", "anna-maria"),
        ("{{ name | first_word | title }}", "Anna-Maria"),
        ("{{ name | trim | length }}", "17"),
        ("{{ '42.9' | int }}", "42"),
        ("{{ '' | first_word | default('x', true) }}", "x"),
    ] {
        assert_eq!(rendered(source, &fields), text, "{source}");
    }
}

#[test]
fn a_shortened_text_says_so_and_breaks_no_letter() {
    for (text, short) in [
        ("short", "short"),
        ("exactly 10", "exactly 10"),
        ("more than ten", "more than…"),
        ("abcdefghi\u{301}jk", "abcdefgh…"),
        ("abcdefg👩\u{200d}👧 and more", "abcdefg👩…"),
    ] {
        assert_eq!(rendered("{{ text | truncate(10) }}", &[("text", text)]), short, "{text}");
    }
}

#[test]
fn a_choice_takes_the_branch_that_holds() {
    let source = "{% if tier == 'gold' %}G{% elif tier %}other{% else %}none{% endif %}\
                  {{ ' VIP' if vip }}";
    assert_eq!(rendered(source, &[("tier", "gold"), ("vip", "yes")]), "G VIP");
    assert_eq!(rendered(source, &[("tier", "tin")]), "other");
    assert_eq!(rendered(source, &[]), "none");
}

#[test]
fn white_space_control_comments_and_raw_blocks_work() {
    assert_eq!(rendered("a {#- no -#} b {% raw %}{{ x }}{% endraw %}\n", &[]), "ab {{ x }}");
}

#[test]
fn conditions_compare_fields() {
    let fields = [("country", "MY"), ("score", "42"), ("joined", "2026-03-01")];
    for true_one in [
        "country == 'MY'",
        "country != 'SG'",
        "country in ['SG', 'MY']",
        "country not in ('SG', 'ID')",
        "'Y' in country",
        "score > 5",
        "score | int >= 42 and score < 42.5",
        "score == 42",
        "score > limit | int",
        "joined >= '2026-01-01'",
        "not company",
        "company is undefined and country is defined",
        "company != 'Acme'",
        "phone is startingwith('+60') and phone is endingwith '789'",
        "true",
        "score > -1",
    ] {
        assert!(holds(true_one, &fields), "{true_one}");
    }
    for false_one in [
        "company",
        "company == ''",
        "company > 5",
        "company < 5",
        "company | int < 5",
        "country < 5",
        "country > 5",
        "company in ['', 'MY']",
        "company in country",
        "country in company",
        "company is startingwith('')",
        "company ~ 'x' == 'x'",
        "not country",
        "false",
        "0",
        "''",
    ] {
        assert!(!holds(false_one, &fields), "{false_one}");
    }
}

#[test]
fn only_the_closed_language_is_read() {
    for (source, refusal) in [
        ("{% for x in [1] %}{% endfor %}", "`{% for %}` is not available"),
        ("{% include 'x' %}", "`{% include %}` is not available"),
        ("{% import 'x' as y %}", "`{% import %}` is not available"),
        ("{% extends 'x' %}", "`{% extends %}` is not available"),
        ("{% macro m() %}{% endmacro %}", "`{% macro %}` is not available"),
        ("{% set x = 1 %}", "`{% set %}` is not available"),
        ("{% filter upper %}{% endfilter %}", "`{% filter %}` is not available"),
        ("{{ x | fancy }}", "there is no filter `fancy`"),
        ("{{ x | default }}", "write `default('...')`"),
        ("{{ x | default('y', z) }}", "write `default('...', true)`"),
        ("{{ x | truncate }}", "write how many characters"),
        ("{{ x | truncate(0) }}", "write how many characters"),
        ("{{ x | upper(1) }}", "`upper` takes less"),
        ("{{ x | default(value='y') }}", "without a name"),
        ("{{ x is odd }}", "only `is defined`"),
        ("{{ range(9) }}", "no functions"),
        ("{{ x.upper() }}", "no functions"),
        ("{{ lead.name }}", "write `name` alone"),
        ("{{ x[0] }}", "fields have no parts"),
        ("{{ x[1:2] }}", "use `truncate`"),
        ("{{ 7 * 7 }}", "no arithmetic"),
        ("{{ 'a' * 100000000 }}", "no arithmetic"),
        ("{{ -x }}", "no arithmetic"),
        ("{{ [x] }}", "only stand after `in`"),
        ("{{ {'a': 1} }}", "no maps"),
        ("{{ none }}", "is undefined"),
        ("{{ 1 < 2 < 3 }}", "two things at a time"),
    ] {
        let error = refused(source);
        assert!(error.message.contains(refusal), "{source}: {error}");
        assert!(error.range.is_some(), "{source} has no place");
    }
}

#[test]
fn errors_point_at_their_place() {
    for (source, place) in [
        ("ü {{ x | fancy }}", "fancy"),
        ("a\nb {% for x in y %}", "for"),
        ("{{ a }} {{ b.c }}", "b.c"),
        ("{{ a ! b }}", "!"),
        ("{{ a", ""),
    ] {
        let range = refused(source).range.unwrap();
        assert!(source[range.clone()].starts_with(place), "{source}: {range:?}");
    }
}

#[test]
fn unknown_names_are_found_where_they_stand() {
    let source = "Hé {{ frist_name }},\n{% if vip %}{{ last_name | default(nick) }}{% endif %}\n\
                  {{ frist_name | upper }}";
    let template = Template::parse(source).unwrap();
    let unknown = template.names().unknown(|name| ["vip", "last_name"].contains(&name));
    let places: Vec<_> =
        unknown.iter().map(|(name, range)| (&name[..], &source[range.clone()])).collect();
    assert_eq!(
        places,
        [("frist_name", "frist_name"), ("nick", "nick"), ("frist_name", "frist_name")]
    );
    assert_eq!(unknown[0].1, 7..17);
    assert!(unknown[2].1.start > unknown[0].1.start);

    let missing = template.names().missing(|name| name == "vip");
    let missing: Vec<_> = missing.iter().map(|(name, _)| &name[..]).collect();
    assert_eq!(missing, ["frist_name", "nick", "frist_name"], "the last name has a default");

    let condition = Condition::parse("country == 'MY' and 'x' in phone.2").unwrap();
    let unknown = condition.names().unknown(|name| name == "country");
    assert_eq!(unknown, [("phone.2".to_owned(), 27..34)]);
}

#[test]
fn a_text_has_a_longest_length() {
    let long = "x".repeat(TEXT_BYTES_MAX);
    assert_eq!(rendered("{{ a }}", &[("a", &long)]), long);
    let error = render("{{ a }}!", &[("a", &long)]).unwrap_err();
    assert!(error.message.contains("longer than 16384 bytes"), "{error}");
}

#[test]
fn hostile_sources_are_refused_before_they_cost_anything() {
    let deep = 20_000;
    for source in [
        format!("{{{{ {} }}}}", "(".repeat(deep)),
        format!("{{{{ {}a }}}}", "not ".repeat(deep / 2)),
        format!("{{{{ {}1 }}}}", "-".repeat(deep)),
        format!("{{{{ a{} }}}}", "~a".repeat(deep)),
        format!("{{{{ a{} }}}}", "|trim".repeat(deep / 2)),
        format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(deep / 5)),
        "{% if a %}".repeat(deep / 5),
        "{{".repeat(deep),
        "x".repeat(SOURCE_BYTES_MAX + 1),
    ] {
        assert!(Template::parse(&source).is_err(), "{}", &source[..40]);
    }
    assert!(Condition::parse(&"not ".repeat(deep / 2)).is_err());
}

#[test]
fn the_longest_allowed_source_is_read_on_a_small_stack() {
    let sources = [
        format!("{{{{ {}a }}}}", "not ".repeat(240)),
        format!("{{{{ {}1 }}}}", "-".repeat(240)),
        format!("{{{{ a{} }}}}", "~a".repeat(120)),
        format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(240)),
    ];
    let read_them = move || {
        for source in sources {
            let template = Template::parse(&source).unwrap_or_else(|error| panic!("{error}"));
            let _ = template.render(&lead(&[("a", "x")]), &BTreeMap::new());
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(read_them).unwrap().join().unwrap();
}

#[test]
fn a_lead_keeps_its_variant_for_ever() {
    let chosen: Vec<_> =
        (1..=12).map(|id| choose_variant(LeadId(id), "welcome", StepNumber(2), 3)).collect();
    assert_eq!(chosen, [2, 1, 2, 1, 0, 2, 2, 2, 2, 2, 0, 2]);
    assert_eq!(choose_variant(LeadId(9), "welcome", StepNumber(1), 1), 0);
}

/// Words for arbitrary templates: mostly the language's own, so that most sources get far.
fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "{{ ", " }}", "{% if ", "{% elif ", "{% else %}", "{% endif %}", " %}", "{#", "#}",
            "{% raw %}", "{% endraw %}", "a", "b", "first_name", "phone.2", "'x'", "\"y", "|", "upper",
            "default('z')", "truncate(3)", "(", ")", "[", "]", "{", "}", ",", "~", "==", "!=", "<", "in",
            "not", "and", "or", "if", "else", "is", "defined", "1", "-", "+", "*", ".", "\n", " ", "\\",
            "for", "set", "true", "none",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// Templates of the part of the language on which we and `minijinja` must agree to the letter.
fn agreed_template() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c", "phone", "region", "missing"]);
    let literal =
        prop::sample::select(vec!["''", "'x'", "\"a\\nb\"", "'Ünï'", "'MY'", "true", "3"]);
    let leaf = prop_oneof![name.prop_map(str::to_owned), literal.prop_map(str::to_owned)];
    let expression = leaf.prop_recursive(4, 24, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        let filter = prop::sample::select(vec!["upper", "lower", "trim", "title", "capitalize"]);
        prop_oneof![
            (inner.clone(), filter).prop_map(|(of, filter)| format!("({of})|{filter}")),
            two.clone().prop_map(|(of, other)| format!("({of})|default({other})")),
            two.clone().prop_map(|(of, other)| format!("({of})|default({other}, true)")),
            inner.clone().prop_map(|of| format!("({of}) is defined")),
            inner.clone().prop_map(|of| format!("(not ({of}))")),
            two.clone().prop_map(|(left, right)| format!("({left} and {right})")),
            two.clone().prop_map(|(left, right)| format!("({left} or {right})")),
            two.clone().prop_map(|(left, right)| format!("(({left}) ~ ({right}))")),
            two.prop_map(|(then, when)| format!("(({then}) if ({when}) else 'no')")),
        ]
    });
    let text = prop::sample::select(vec!["Hi ", "\n", "{ ", "🙂", "  ", "{# c #}", "%}"]);
    let part = prop_oneof![
        text.prop_map(str::to_owned),
        expression.clone().prop_map(|of| format!("{{{{ {of} }}}}")),
        expression.clone().prop_map(|of| format!("{{{{- {of} -}}}}")),
        (expression.clone(), expression).prop_map(|(when, then)| {
            format!("{{% if {when} %}}yes {{{{ {then} }}}}{{% else %}}no{{% endif -%}}")
        }),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn by_minijinja(source: &str, lead: &Lead) -> Result<String, minijinja::Error> {
    let mut engine = minijinja::Environment::new();
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::SemiStrict);
    let values = ["a", "b", "c", "phone", "region"]
        .into_iter()
        .filter_map(|name| Some((name, lead.field(name)?)));
    engine.render_str(source, minijinja::Value::from_pairs(values))
}

proptest! {
    #[test]
    fn no_source_makes_it_panic(source in prop::collection::vec(token(), 0..30)) {
        let source = source.concat();
        match Template::parse(&source) {
            Ok(template) => {
                let _ = template.render(&lead(&[("a", "x")]), &BTreeMap::new());
                for (name, range) in template.names().unknown(|_| false) {
                    prop_assert_eq!(&source[range], name);
                }
            }
            Err(error) => {
                // The place can be cut out of the source, as those who show it do.
                prop_assert!(error.range.is_none_or(|range| source.get(range).is_some()));
            }
        }
        if let Ok(condition) = Condition::parse(&source) {
            let _ = condition.holds(&lead(&[("a", "x")]), &BTreeMap::new());
        }
    }

    #[test]
    fn text_without_braces_comes_out_as_it_is(text in "[^{]*[^{\r\n]") {
        prop_assert_eq!(rendered(&text, &[]), text);
    }

    #[test]
    fn any_data_comes_out_as_it_went_in(text in any::<String>()) {
        prop_assert_eq!(rendered("<{{ a }}>", &[("a", &text)]), format!("<{text}>"));
    }

    #[test]
    fn it_agrees_with_minijinja(source in agreed_template(), a in "\\PC{0,8}", b in "[a-z ]{0,8}") {
        let lead = lead(&[("a", &a), ("b", &b)]);
        let ours = Template::parse(&source)
            .unwrap_or_else(|error| panic!("{source}: {error}"))
            .render(&lead, &BTreeMap::new());
        match (by_minijinja(&source, &lead), ours) {
            (Ok(theirs), ours) => prop_assert_eq!(ours, Ok(theirs), "{}", source),
            // A missing field that a filter meets is an error there and stays missing here.
            (Err(theirs), _) => {
                prop_assert_eq!(theirs.kind(), minijinja::ErrorKind::UndefinedError, "{}", source);
            }
        }
    }

    #[test]
    fn a_shortened_text_is_short(text in any::<String>(), limit in 1usize..30) {
        let source = format!("{{{{ a | truncate({limit}) }}}}");
        prop_assert!(rendered(&source, &[("a", &text)]).chars().count() <= limit);
    }

    #[test]
    fn variants_are_spread_evenly(sequence in "[a-z]{1,12}", step in 1u16..50, count in 2usize..8) {
        let leads = 4000;
        let mut shares = vec![0; count];
        for id in 1..=leads {
            shares[choose_variant(LeadId(id), &sequence, StepNumber(step), count)] += 1;
        }
        let fair = leads as f64 / count as f64;
        for share in &shares {
            // Five standard deviations of a fair draw.
            prop_assert!((f64::from(*share) - fair).abs() < 5.0 * fair.sqrt(), "{:?}", shares);
        }
    }

    #[test]
    fn the_variants_of_two_steps_are_independent(first in 1u16..20, second in 21u16..40) {
        let leads = 4000;
        let same = (1..=leads)
            .filter(|id| {
                let of = |step| choose_variant(LeadId(*id), "welcome", StepNumber(step), 2);
                of(first) == of(second)
            })
            .count();
        prop_assert!((1700..2300).contains(&same), "{}", same);
    }
}
