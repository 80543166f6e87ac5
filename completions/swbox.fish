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
        case 'images'
            __swbox_parse_subcommand 0 'format=' 'h/help'
        case 'tag'
            __swbox_parse_subcommand 2 'h/help'
        case 'rmi'
            __swbox_parse_subcommand -r 1 'h/help'
        case 'image'
            __swbox_parse_subcommand 0 'h/help'
            switch $unparsed_tokens[1]
            case 'inspect'
                __swbox_parse_subcommand 1 'format=' 'h/help'
            case 'lint'
                __swbox_parse_subcommand 1 'strict' 'format=' 'h/help'
            end
        case 'load'
            __swbox_parse_subcommand 0 'i/input=' 'h/help'
        case 'save'
            __swbox_parse_subcommand -r 1 'format=' 'o/output=' 'h/help'
        case 'import'
            __swbox_parse_subcommand 2 'compression=' 'cmd=+' 'h/help'
        case 'export'
            __swbox_parse_subcommand 1 'o/output=' 'h/help'
        case 'unpack'
            __swbox_parse_subcommand 2 'max-size=' 'h/help'
        case 'pull'
            __swbox_parse_subcommand -r 1 'tls-verify=' 'authfile=' 'cert-dir=' 'retry=' 'creds=' 'parallel=' 'platform=' 'all-platforms' 'q/quiet' 'format=' 'signature-policy=' 'insecure-policy' 'no-unpack' 'h/help'
        case 'push'
            __swbox_parse_subcommand 2 'tls-verify=' 'authfile=' 'cert-dir=' 'retry=' 'creds=' 'parallel=' 'platform=' 'all-platforms' 'q/quiet' 'format=' 'chunk-size=' 'h/help'
        case 'login'
            __swbox_parse_subcommand 1 'tls-verify=' 'authfile=' 'cert-dir=' 'retry=' 'u/username=' 'p/password=' 'password-stdin' 'get-login' 'h/help'
        case 'logout'
            __swbox_parse_subcommand 1 'authfile=' 'a/all' 'h/help'
        case 'trust'
            __swbox_parse_subcommand 0 'h/help'
            switch $unparsed_tokens[1]
            case 'add'
                __swbox_parse_subcommand -r 1 'prefix=' 'h/help'
            case 'list'
                __swbox_parse_subcommand 0 'format=' 'h/help'
            case 'rm'
                __swbox_parse_subcommand -r 1 'prefix=' 'h/help'
            end
        case 'gc'
            __swbox_parse_subcommand 0 'grace-period=' 'dry-run' 'format=' 'h/help'
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
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'images' -d 'List the images.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'tag' -d 'Give an image a further name.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'rmi' -d 'Remove names of images, and images that have no other name.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'image' -d 'Look into images.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'load' -d 'Load images from an OCI image layout or a docker archive.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'save' -d 'Write images as an OCI image layout or a docker archive.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'import' -d 'Make an image of the archive of a root file system.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'export' -d 'Write the root file system of an image as an archive.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'unpack' -d 'Unpack the root file system of an image into a directory.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'pull' -d 'Bring images from registries.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'push' -d 'Bring an image to a registry.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'login' -d 'Keep a password for a registry.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'logout' -d 'Forget the password for a registry.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'trust' -d 'Say whose signatures are believed.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'gc' -d 'Remove blobs, unpacked layers and unfinished work that no image refers to.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'completion' -d 'Print the script that completes swbox\'s words in a shell.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox images" format' -l 'format' -d 'How the list is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox images" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox tag" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox rmi" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox image" -eq 1' -fa 'inspect' -d 'Show what an image is made of, and its configuration.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox image" -eq 1' -fa 'lint' -d 'Tell of all rules of the image specification that an image breaks.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image inspect" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image inspect" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image lint" strict' -l 'strict' -d 'Count what goes against a recommendation as a failure, too.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image lint" format' -l 'format' -d 'How the faults are printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox image lint" -eq 1' -F
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image lint" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox load" i input' -s 'i' -l 'input' -d 'An archive, or a directory with an image layout (default: standard input).' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox load" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox save" format' -l 'format' -d 'What is written.' -rfka 'oci-archive oci-dir docker-archive'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox save" o output' -s 'o' -l 'output' -d 'A new file, or a new directory (default: standard output).' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox save" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox import" compression' -l 'compression' -d 'How a layer is compressed that does not come compressed.' -rfka 'none gzip zstd'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox import"' -l 'cmd' -d 'A word of the command of containers; may be repeated.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox import" -eq 1' -F
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox import" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox export" o output' -s 'o' -l 'output' -d 'A new file (default: standard output).' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox export" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox unpack" max-size' -l 'max-size' -d 'The most that a layer may hold: a number with K, M, G or T.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox unpack" -eq 1' -fa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox unpack" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" tls-verify' -l 'tls-verify' -d 'Whether the registry has to prove who it is; without, plain HTTP will do, too.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" authfile' -l 'authfile' -d 'The file with passwords.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" cert-dir' -l 'cert-dir' -d 'A directory with certificates: *.crt of CAs, *.cert and *.key of this client.' -rfa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" retry' -l 'retry' -d 'How often a request that failed for a passing reason is sent again.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" creds' -l 'creds' -d 'Who asks, in place of what files say.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" parallel' -l 'parallel' -d 'How many blobs are transferred at a time.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" platform' -l 'platform' -d 'The one that is meant: os/architecture or os/architecture/variant.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" all-platforms' -l 'all-platforms' -d 'All platforms of the image.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" q quiet' -s 'q' -l 'quiet' -d 'Show no progress.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" format' -l 'format' -d 'How the outcome is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" signature-policy' -l 'signature-policy' -d 'A signature policy in place of the usual one.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" insecure-policy' -l 'insecure-policy' -d 'Take images whoever has signed them, or nobody.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" no-unpack' -l 'no-unpack' -d 'Leave the unpacking of layers to later.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" tls-verify' -l 'tls-verify' -d 'Whether the registry has to prove who it is; without, plain HTTP will do, too.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" authfile' -l 'authfile' -d 'The file with passwords.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" cert-dir' -l 'cert-dir' -d 'A directory with certificates: *.crt of CAs, *.cert and *.key of this client.' -rfa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" retry' -l 'retry' -d 'How often a request that failed for a passing reason is sent again.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" creds' -l 'creds' -d 'Who asks, in place of what files say.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" parallel' -l 'parallel' -d 'How many blobs are transferred at a time.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" platform' -l 'platform' -d 'The one that is meant: os/architecture or os/architecture/variant.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" all-platforms' -l 'all-platforms' -d 'All platforms of the image.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" q quiet' -s 'q' -l 'quiet' -d 'Show no progress.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" format' -l 'format' -d 'How the outcome is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" chunk-size' -l 'chunk-size' -d 'How much is sent in one request at most: a number with K, M or G.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" tls-verify' -l 'tls-verify' -d 'Whether the registry has to prove who it is; without, plain HTTP will do, too.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" authfile' -l 'authfile' -d 'The file with passwords.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" cert-dir' -l 'cert-dir' -d 'A directory with certificates: *.crt of CAs, *.cert and *.key of this client.' -rfa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" retry' -l 'retry' -d 'How often a request that failed for a passing reason is sent again.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" u username' -s 'u' -l 'username' -d 'The user (default: asked for).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" p password' -s 'p' -l 'password' -d 'The password (default: asked for). Others see it in the list of processes.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" password-stdin' -l 'password-stdin' -d 'Read the password from standard input.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" get-login' -l 'get-login' -d 'Only print the user who is logged in.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox login" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox logout" authfile' -l 'authfile' -d 'The file with passwords.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox logout" a all' -s 'a' -l 'all' -d 'Forget those for all registries.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox logout" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox trust" -eq 1' -fa 'add' -d 'Trust the keys of a file.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox trust" -eq 1' -fa 'list' -d 'List the trusted keys.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox trust" -eq 1' -fa 'rm' -d 'Trust keys no longer.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust add" prefix' -l 'prefix' -d 'Only for names that begin so (default: all names).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox trust add" -ge 1' -F
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust add" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust list" format' -l 'format' -d 'How the list is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust rm" prefix' -l 'prefix' -d 'The prefix with which they were added (default: all names).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust rm" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" grace-period' -l 'grace-period' -d 'Leave what changed in this time: a number with s, m, h or d.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" dry-run' -l 'dry-run' -d 'Only tell what would be removed.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox completion" -eq 1' -fka 'bash zsh fish'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox completion" h help' -s 'h' -l 'help' -d 'Show help information.'
