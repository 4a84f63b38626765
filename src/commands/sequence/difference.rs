//! What a new version of a sequence changes, as a person reads it.

use crate::sequence::{Schedule, Sequence, Step};
use crate::units::{show_duration, show_window};
use crate::window::Window;

/// One line a change; nothing when the plans are the same.
pub(super) fn between(old: &Sequence, new: &Sequence) -> Vec<String> {
    let mut lines = settings_of(old)
        .into_iter()
        .zip(settings_of(new))
        .filter(|(old, new)| old != new)
        .map(|((name, old), (_, new))| format!("~ {name}: {old} -> {new}"))
        .collect();
    let steps = old.steps.len().max(new.steps.len());
    for place in 0..steps {
        compare_steps(place + 1, old.steps.get(place), new.steps.get(place), &mut lines);
    }
    lines
}

fn compare_steps(number: usize, old: Option<&Step>, new: Option<&Step>, lines: &mut Vec<String>) {
    match (old, new) {
        (None, None) => {}
        (None, Some(new)) => {
            lines.push(format!("+ step {number} {}, {}", new.name, show_duration(new.delay)));
            lines.extend(new.texts.iter().flat_map(|text| marked('+', text)));
        }
        (Some(old), None) => lines.push(format!("- step {number} {}", old.name)),
        (Some(old), Some(new)) if old == new => {}
        (Some(old), Some(new)) => {
            lines.push(format!("~ step {number} {}", new.name));
            let changed = step_settings_of(old).into_iter().zip(step_settings_of(new));
            let changed = changed.filter(|(old, new)| old != new);
            lines.extend(
                changed.map(|((name, old), (_, new))| format!("    {name}: {old} -> {new}")),
            );
            let is_gone = |text: &&String| !new.texts.contains(text);
            let is_added = |text: &&String| !old.texts.contains(text);
            lines.extend(old.texts.iter().filter(is_gone).flat_map(|text| marked('-', text)));
            lines.extend(new.texts.iter().filter(is_added).flat_map(|text| marked('+', text)));
        }
    }
}

fn marked(mark: char, text: &str) -> Vec<String> {
    text.lines().map(|line| format!("    {mark} {line}")).collect()
}

fn settings_of(plan: &Sequence) -> Vec<(String, String)> {
    let schedule = match plan.schedule {
        Schedule::Lazy => "lazy",
        Schedule::Upfront => "upfront",
    };
    let constants: Vec<String> =
        plan.constants.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let campaign = plan.campaign.as_ref();
    [
        ("schedule", schedule.to_owned()),
        ("stop_on_reply", plan.stop_on_reply.to_string()),
        (
            "on_ambiguous",
            or_default(plan.on_ambiguous.map(|policy| format!("{policy:?}").to_lowercase())),
        ),
        ("window", window(plan.window.as_ref())),
        ("constants", or_none(constants.join(", "))),
        (
            "starts_at",
            or_none(campaign.map(|campaign| campaign.starts_at.to_string()).unwrap_or_default()),
        ),
        (
            "audience",
            or_none(campaign.map(|campaign| audience(&campaign.audience)).unwrap_or_default()),
        ),
        (
            "rate",
            or_none(
                campaign
                    .and_then(|campaign| campaign.rate_per_second)
                    .map(|rate| format!("{rate}/s"))
                    .unwrap_or_default(),
            ),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn step_settings_of(step: &Step) -> Vec<(&'static str, String)> {
    let media = step.media.as_ref().map(|media| {
        let caption = media.caption.as_deref().map(|caption| format!(" ({caption})"));
        format!("{}{}", media.url, caption.unwrap_or_default())
    });
    vec![
        ("name", step.name.clone()),
        ("delay", show_duration(step.delay)),
        ("expires", or_none(step.expires.map(show_duration).unwrap_or_default())),
        ("window", window(step.window.as_ref())),
        ("only_if", or_none(step.only_if.clone().unwrap_or_default())),
        ("media", or_none(media.unwrap_or_default())),
        (
            "gap",
            or_none(step.gap_ms.map(|(min, max)| format!("{min}..{max} ms")).unwrap_or_default()),
        ),
    ]
}

/// `tag expo, city=Ipoh`; `every lead` without a choice.
pub(super) fn audience(audience: &crate::sequence::Audience) -> String {
    let tags = audience.tags.iter().map(|tag| format!("tag {tag}"));
    let fields = audience.fields.iter().map(|(name, value)| format!("{name}={value}"));
    let all: Vec<String> = tags.chain(fields).collect();
    if all.is_empty() { "every lead".to_owned() } else { all.join(", ") }
}

fn window(window: Option<&Window>) -> String {
    or_none(window.map(show_window).unwrap_or_default())
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

fn or_default(text: Option<String>) -> String {
    text.unwrap_or_else(|| "the settings'".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::document::Source;
    use crate::files::sequence::{Surroundings, read};

    fn plan(text: &str) -> Sequence {
        read(&Source::new("a.toml", text), Surroundings::default()).unwrap()
    }

    fn one_step() -> Sequence {
        plan("name = \"a\"\n[[steps]]\nname = \"hello\"\ndelay = \"0s\"\nbody = \"Hi\"\n")
    }

    #[test]
    fn the_same_plan_has_no_difference() {
        assert_eq!(between(&one_step(), &one_step()), Vec::<String>::new());
    }

    #[test]
    fn every_changed_step_and_setting_has_its_line() {
        let (old, mut new) = (one_step(), one_step());
        new.stop_on_reply = false;
        new.steps[0].delay = Duration::from_secs(60);
        new.steps[0].texts = vec!["Hello".to_owned()];
        new.steps.push(Step { name: "bye".to_owned(), ..one_step().steps.remove(0) });
        assert_eq!(
            between(&old, &new),
            [
                "~ stop_on_reply: true -> false",
                "~ step 1 hello",
                "    delay: 0s -> 1m",
                "    - Hi",
                "    + Hello",
                "+ step 2 bye, 0s",
                "    + Hi",
            ]
        );
        assert_eq!(between(&new, &old).last().unwrap(), "- step 2 bye");
    }
}
