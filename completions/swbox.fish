function __swbox_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __swbox_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __swbox_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __swbox_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __swbox_parse_tokens -S
    set -l unparsed_tokens (__swbox_tokens -pc)
    switch $unparsed_tokens[1]
    case 'swbox'
        __swbox_parse_subcommand 0 'root=' 'log-format=' 'v/version' 'h/help'
        switch $unparsed_tokens[1]
        case 'completion'
            __swbox_parse_subcommand 1 'h/help'
        case 'help'
            __swbox_parse_subcommand -r 1 
        end
    end
end

function __swbox_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __swbox_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __swbox_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __swbox_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__swbox_tokens -p)
    if test -z "$(__swbox_tokens -t)"
        set -l index (count (__swbox_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'swbox' -f
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox" root' -l 'root' -d 'Directory for images and layers (default: /var/lib/swbox; without root $XDG_DATA_HOME/swbox).' -rfa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox" log-format' -l 'log-format' -d 'The form of messages.' -rfka 'text json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox" v version' -l 'version' -s 'v' -d 'Print the version.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'completion' -d 'Print the script that completes swbox\'s words in a shell.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox completion" -eq 1' -fka 'bash zsh fish'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox completion" h help' -s 'h' -l 'help' -d 'Show help information.'
