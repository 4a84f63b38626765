# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_broadcaster_global_optspecs
    string join \n config= db= any-filesystem json format= q/quiet v/verbose log-format= color= progress= show-pii y/yes no-input h/help V/version
end

function __fish_broadcaster_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_broadcaster_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_broadcaster_using_subcommand
    set -l cmd (__fish_broadcaster_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c broadcaster -n "__fish_broadcaster_needs_command" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -s V -l version -d 'Print version'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "init" -d 'Write a first broadcaster.toml and an empty database'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "doctor" -d 'Check this machine, the settings, the database and the gateways'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "config" -d 'Show or check the settings'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "import" -d 'Take leads in from a CSV file or a pipe'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "leads" -d 'List, show, tag or erase leads'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "suppress" -d 'Keep addresses that must not be written to'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "sequence" -d 'Check, preview, apply and steer sequences and campaigns'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "enroll" -d 'Put leads on a sequence, at a controlled rate'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "unenroll" -d 'Take leads off a sequence'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "serve-devices" -d 'Send what is due, one worker a device, until told to stop'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "devices" -d 'Apply, list and steer the devices that send'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "messages" -d 'List messages, and mend those that failed or are unknown'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "status" -d 'Show how far everything is'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "why" -d 'Tell which rule holds a lead, device or message, and until when'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "readiness" -d 'Measure whether this machine will do for a load'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "forecast" -d 'Tell when everything will have been sent, and what binds'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "export" -d 'Write out leads, messages, attempts or suppressions'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "backup" -d 'Copy the database, also while devices are served'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "restore" -d 'Put a backup in the place of the database'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "check" -d 'Prove that every message is accounted for'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "archive" -d 'Move a closed month of history to its own file'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "man" -d 'Print a manual page, or write them all'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "help" -d 'Explain a command or a topic'
complete -c broadcaster -n "__fish_broadcaster_needs_command" -f -a "demo" -d 'Run the whole daily path on made-up leads, in a minute'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l region -d 'Country of phone numbers that have no country code, e.g. MY' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l force -d 'Replace a broadcaster.toml that is there; the database is never replaced'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l samples -d 'Write a devices.toml and a welcome.toml to start from as well'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand init" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l offline -d 'Do not ask the gateways'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -f -a "show" -d 'Show every setting and where its value came from'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and not __fish_seen_subcommand_from show check" -f -a "check" -d 'Check the settings file, all mistakes at once'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l map -d 'Take a field from this column, e.g. phone=Mobile' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l region -d 'Country of phone numbers that have no country code, e.g. MY' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l key -d 'Column that tells one lead from another [default: the phone, else the e-mail]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l on-duplicate -d 'What to do with a lead that is known already' -r -f -a "fill\t'Take what the file has, keep what it leaves empty'
overwrite\t'Take the fields of the file in place of all that is known'
skip\t'Leave the known lead as it is'
error\t'Reject the row'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l tag -d 'Tag every lead of the file; may be repeated' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l device -d 'Give every lead of the file to this device' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l spread -d 'Give the leads of the file to all enabled devices' -r -f -a "round-robin\t'One after the other'
hash\t'By address: the same lead always comes to the same device'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l source-name -d 'What the file is remembered as [default: its name]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l rejects -d 'Where rejected rows go [default: NAME.rejected.csv]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l max-rejects -d 'Exit 3 only when more rows are rejected than this' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l encoding -d 'Character set, e.g. utf-8 or windows-1252 [default: found out]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l delimiter -d 'Character between cells, or tab, comma, semicolon, pipe [default: found out]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l quote -d 'Character around cells, or none [default: found out]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l wait-lock -d 'Wait that long for another broadcaster to finish, e.g. 5m' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l mobile-only -d 'Reject numbers that are not mobile'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l no-header -d 'The first row is a lead; columns are called 1, 2, 3, ...'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l skip-if-locked -d 'Do nothing and exit 0 while another broadcaster is at it, for cron'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand import" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -f -a "list" -d 'List leads'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -f -a "show" -d 'Show all that is known of a lead'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -f -a "tag" -d 'Put a tag on leads, or take it off'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and not __fish_seen_subcommand_from list show tag erase" -f -a "erase" -d 'Erase leads for ever, and keep them from being imported again'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l tag -d 'Only leads with this tag; with several, all of them' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l where -d 'Only leads whose field has this value' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l limit -d 'Show at most that many; 0 shows all' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l tag -d 'Only leads with this tag; with several, all of them' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l where -d 'Only leads whose field has this value' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l leads -d 'Only the leads whose addresses stand in this file, one a line; - is stdin' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l remove -d 'Take the tag off'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from tag" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l leads -d 'Only the leads whose addresses stand in this file, one a line; - is stdin' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand leads; and __fish_seen_subcommand_from erase" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -f -a "add" -d 'Never write to these addresses again'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -f -a "import" -d 'Never write to the addresses of a file again'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -f -a "list" -d 'List suppressed addresses'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and not __fish_seen_subcommand_from add import list remove" -f -a "remove" -d 'Allow writing to these addresses again'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l reason -d 'Why, for the record' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l region -d 'Country of phone numbers that have no country code, e.g. MY' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l map -d 'Take a field from this column, e.g. phone=Mobile' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l reason -d 'Why, for the record' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l region -d 'Country of phone numbers that have no country code, e.g. MY' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l rejects -d 'Where rejected rows go [default: NAME.rejected.csv]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l max-rejects -d 'Exit 3 only when more rows are rejected than this' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l encoding -d 'Character set, e.g. utf-8 or windows-1252 [default: found out]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l delimiter -d 'Character between cells, or tab, comma, semicolon, pipe [default: found out]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l quote -d 'Character around cells, or none [default: found out]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l no-header -d 'The first row is a lead; columns are called 1, 2, 3, ...'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l reason -d 'Only those with this reason' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l limit -d 'Show at most that many; 0 shows all' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand suppress; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -f -a "check" -d 'Check sequence files without a database, all mistakes at once'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -f -a "preview" -d 'Show the texts as leads would get them'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -f -a "apply" -d 'Make a file the newest version of its sequence'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -f -a "list" -d 'List sequences and campaigns'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -f -a "show" -d 'Show a sequence as it is applied'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -f -a "pause" -d 'Hold back every message of a sequence'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and not __fish_seen_subcommand_from check preview apply list show pause resume" -f -a "resume" -d 'Let a paused sequence go on'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l lead -d 'As this lead gets it, by phone number or e-mail address; may be repeated' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l count -d 'For that many leads of the database' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l step -d 'Only this step, by number' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from preview" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l running -d 'Whether leads that are on the sequence keep the version that they began with' -r -f -a "keep\t'Keep the version that they began with'
move\t'Go on with the new version from their next step'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l wait-lock -d 'Wait that long for another broadcaster to finish, e.g. 5m' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l skip-if-locked -d 'Do nothing and exit 0 while another broadcaster is at it, for cron'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l version -d 'An older version [default: the newest]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand sequence; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l sequence -d 'Name of the sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l tag -d 'Only leads with this tag; with several, all of them' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l where -d 'Only leads whose field has this value' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l leads -d 'Only the leads whose addresses stand in this file, one a line; - is stdin' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l rate -d 'First messages fall due at this rate, e.g. 10/s, 600/m, unlimited' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l over -d 'First messages fall due evenly over this time, e.g. 24h' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l limit -d 'Enroll at most that many new leads in this run' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l start-at -d 'When the first message falls due: RFC 3339, or 2026-11-22 09:00 [default: now]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l tz -d 'Zone of a time without one, e.g. Asia/Kuala_Lumpur' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l device -d 'Send through these devices only; may be repeated' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l re-enroll -d 'Whether leads that were on the sequence before may go on it again' -r -f -a "never\t'Once for ever'
finished\t'Again after the last time ended'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l wait-lock -d 'Wait that long for another broadcaster to finish, e.g. 5m' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l skip-if-locked -d 'Do nothing and exit 0 while another broadcaster is at it, for cron'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand enroll" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l sequence -d 'Name of the sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l tag -d 'Only leads with this tag; with several, all of them' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l where -d 'Only leads whose field has this value' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l leads -d 'Only the leads whose addresses stand in this file, one a line; - is stdin' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l wait-lock -d 'Wait that long for another broadcaster to finish, e.g. 5m' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l all -d 'Or every lead of the sequence'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l skip-if-locked -d 'Do nothing and exit 0 while another broadcaster is at it, for cron'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand unenroll" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l device -d 'Serve these devices only; may be repeated' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l max-workers -d 'Messages in the air at the same time [default: the settings\', else 500]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l drain-timeout -d 'How long a stop waits for them [default: the settings\', else 50s]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l wait-lock -d 'Wait that long for another broadcaster to finish, e.g. 5m' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l until-idle -d 'End when nothing is left to send'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l adopt -d 'Serve a copied, moved or restored database; what its journal lacks may leave again'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l skip-if-locked -d 'Do nothing and exit 0 while another broadcaster is at it, for cron'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand serve-devices" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -f -a "apply" -d 'Make the devices what a TOML or CSV file says'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -f -a "list" -d 'List devices with state, rate and what is due'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -f -a "show" -d 'Show all that is known of a device'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -f -a "pause" -d 'Keep devices from sending'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -f -a "resume" -d 'Let paused or blocked devices send again'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and not __fish_seen_subcommand_from apply list show pause resume test" -f -a "test" -d 'Send one message to a given address through a device'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l wait-lock -d 'Wait that long for another broadcaster to finish, e.g. 5m' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l prune -d 'Disable devices that the file does not name'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l skip-if-locked -d 'Do nothing and exit 0 while another broadcaster is at it, for cron'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l gateway -d 'Only devices behind this gateway' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l limit -d 'Show at most that many; 0 shows all' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l held -d 'Only devices that are held, and why'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l for -d 'How long, e.g. 2h [default: until resumed]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l reason -d 'Why, for the record' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l all -d 'Every device'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l all -d 'Every device'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l to -d 'Phone number or e-mail address to write to' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l text -d 'What to say' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand devices; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -f -a "list" -d 'List messages'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -f -a "retry" -d 'Send failed or unknown messages again'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -f -a "resolve" -d 'Settle unknown messages by what you found out'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and not __fish_seen_subcommand_from list retry resolve cancel" -f -a "cancel" -d 'Cancel messages that wait for their turn'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l status -d 'Only messages in this state; several may be given' -r -f -a "pending\t''
processing\t''
sent\t''
delivered\t''
read\t''
failed\t''
unknown\t''
cancelled\t''"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l code -d 'Only messages that ended with this code, e.g. refused or expired' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l sequence -d 'Only messages of this sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l step -d 'Only messages of this step, by number' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l device -d 'Only messages of this device; several may be given' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l lead -d 'Only messages to this phone number or e-mail address' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l since -d 'Only messages of this time or later: RFC 3339, a date, or 2h for 2 h ago' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l until -d 'Only messages before this time' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l limit -d 'Show at most that many; 0 shows all' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l status -d 'Only messages in this state; several may be given' -r -f -a "pending\t''
processing\t''
sent\t''
delivered\t''
read\t''
failed\t''
unknown\t''
cancelled\t''"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l code -d 'Only messages that ended with this code, e.g. refused or expired' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l sequence -d 'Only messages of this sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l step -d 'Only messages of this step, by number' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l device -d 'Only messages of this device; several may be given' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l lead -d 'Only messages to this phone number or e-mail address' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l since -d 'Only messages of this time or later: RFC 3339, a date, or 2h for 2 h ago' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l until -d 'Only messages before this time' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l status -d 'Only messages in this state; several may be given' -r -f -a "pending\t''
processing\t''
sent\t''
delivered\t''
read\t''
failed\t''
unknown\t''
cancelled\t''"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l code -d 'Only messages that ended with this code, e.g. refused or expired' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l sequence -d 'Only messages of this sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l step -d 'Only messages of this step, by number' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l device -d 'Only messages of this device; several may be given' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l lead -d 'Only messages to this phone number or e-mail address' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l since -d 'Only messages of this time or later: RFC 3339, a date, or 2h for 2 h ago' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l until -d 'Only messages before this time' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l as -d 'What became of them' -r -f -a "sent\t'It went out'
failed\t'It did not'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from resolve" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l status -d 'Only messages in this state; several may be given' -r -f -a "pending\t''
processing\t''
sent\t''
delivered\t''
read\t''
failed\t''
unknown\t''
cancelled\t''"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l code -d 'Only messages that ended with this code, e.g. refused or expired' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l sequence -d 'Only messages of this sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l step -d 'Only messages of this step, by number' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l device -d 'Only messages of this device; several may be given' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l lead -d 'Only messages to this phone number or e-mail address' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l since -d 'Only messages of this time or later: RFC 3339, a date, or 2h for 2 h ago' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l until -d 'Only messages before this time' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand messages; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l sequence -d 'Only this sequence, with its steps' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l limit -d 'Show at most that many devices; 0 shows all' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand status" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand why" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l phase -d 'The load of a phase of the roll-out; the flags below say otherwise' -r -f -a "small\t''
medium\t''
full\t''"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l devices -d 'Devices that are to send' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l leads -d 'Leads on each device' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l steps -d 'Messages to each lead' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l within -d 'How long to measure, about' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand readiness" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l sequence -d 'Count only messages of this sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l limit -d 'Show at most that many groups of devices; 0 shows all' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l latency -d 'How long the gateway takes for an answer' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l devices -d 'So many devices like those that there are, the same load spread over them' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l gap -d 'Every device with this gap, e.g. 5s..15s' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l daily-cap -d 'Every device with this daily cap, e.g. 200, unlimited' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l leads -d 'So many leads more, enrolled now in --sequence, or in the only one' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l max-workers -d 'Sends in the air at once [default: as in the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l seed -d 'The same seed, the same future' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l crashes -d 'Kill the sender that often on the way' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l bans -d 'Ban that many devices on the way' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l simulate -d 'Play it: the engine itself, on a copy of the database and a clock that runs ahead'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand forecast" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -f -a "leads" -d 'Export leads with their fields and tags'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -f -a "messages" -d 'Export messages, one row each'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -f -a "attempts" -d 'Export every try to send, one row each'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and not __fish_seen_subcommand_from leads messages attempts suppressions" -f -a "suppressions" -d 'Export suppressed addresses with reason and date'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l tag -d 'Only leads with this tag; with several, all of them' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l where -d 'Only leads whose field has this value' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -s o -l output -d 'Write to this file, which appears when it is complete [default: stdout]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l force -d 'Replace the file when it is there'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l raw -d 'Do not guard cells that a spreadsheet would take for a formula'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from leads" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l status -d 'Only messages in this state; several may be given' -r -f -a "pending\t''
processing\t''
sent\t''
delivered\t''
read\t''
failed\t''
unknown\t''
cancelled\t''"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l code -d 'Only messages that ended with this code, e.g. refused or expired' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l sequence -d 'Only messages of this sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l step -d 'Only messages of this step, by number' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l device -d 'Only messages of this device; several may be given' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l lead -d 'Only messages to this phone number or e-mail address' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l since -d 'Only messages of this time or later: RFC 3339, a date, or 2h for 2 h ago' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l until -d 'Only messages before this time' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -s o -l output -d 'Write to this file, which appears when it is complete [default: stdout]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l force -d 'Replace the file when it is there'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l raw -d 'Do not guard cells that a spreadsheet would take for a formula'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from messages" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l status -d 'Only messages in this state; several may be given' -r -f -a "pending\t''
processing\t''
sent\t''
delivered\t''
read\t''
failed\t''
unknown\t''
cancelled\t''"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l code -d 'Only messages that ended with this code, e.g. refused or expired' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l sequence -d 'Only messages of this sequence' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l step -d 'Only messages of this step, by number' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l device -d 'Only messages of this device; several may be given' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l lead -d 'Only messages to this phone number or e-mail address' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l since -d 'Only messages of this time or later: RFC 3339, a date, or 2h for 2 h ago' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l until -d 'Only messages before this time' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -s o -l output -d 'Write to this file, which appears when it is complete [default: stdout]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l force -d 'Replace the file when it is there'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l raw -d 'Do not guard cells that a spreadsheet would take for a formula'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from attempts" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -s o -l output -d 'Write to this file, which appears when it is complete [default: stdout]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l force -d 'Replace the file when it is there'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l raw -d 'Do not guard cells that a spreadsheet would take for a formula'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand export; and __fish_seen_subcommand_from suppressions" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l force -d 'Replace the file when it is there'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand backup" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand restore" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l full -d 'Look at all of history too, and at every page of the file'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand check" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -s o -l output -d 'Where it goes [default: broadcaster-MONTH.db beside the database]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l wait-lock -d 'Wait that long for another broadcaster to finish, e.g. 5m' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -s n -l dry-run -d 'Do everything, show the result, then undo it'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l skip-if-locked -d 'Do nothing and exit 0 while another broadcaster is at it, for cron'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand archive" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand completions" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l dir -d 'Write the pages of all commands into this folder' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand man" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand help" -s h -l help -d 'Print help'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l leads -d 'How many leads to make up' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l devices -d 'How many devices to make up' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l seed -d 'The same seed makes the same leads and fates' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l config -d 'Settings [default: ./broadcaster.toml, then the XDG config directory]' -r -F
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l db -d 'Database [default: broadcaster.db beside the settings]' -r
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l format -d 'How the answer is written [default: table, for exports csv]' -r -f -a "table\t'For people'
plain\t'Tab separated, without a header'
json\t'One document'
jsonl\t'One JSON object a line'
csv\t'Comma separated with a header, safe to open in a spreadsheet'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l log-format -d 'How log lines are written' -r -f -a "text\t'For people'
json\t'One JSON object a line'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l color -d 'When to colour; NO_COLOR is honoured' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l progress -d 'How progress is shown on standard error' -r -f -a "auto\t'A bar on a terminal, plain lines elsewhere'
bar\t'A bar on a terminal, nothing elsewhere'
plain\t'A line every few seconds'
none\t'Nothing'"
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l any-filesystem -d 'Open a database on a network\'s or a shared file system'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l json -d 'Answer as one JSON document: short for --format json'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -s q -l quiet -d 'Say less: -q only what went wrong, -qq only what was fatal'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -s v -l verbose -d 'Say more: -v what is done, -vv every detail'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l show-pii -d 'Show phone numbers and e-mail addresses in full'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -s y -l yes -d 'Take every question for answered with yes'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -l no-input -d 'Never ask: a question without --yes is an error'
complete -c broadcaster -n "__fish_broadcaster_using_subcommand demo" -s h -l help -d 'Print help'
