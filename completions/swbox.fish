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
        case 'run'
            __swbox_parse_subcommand -r 1 'rootfs=' 'ephemeral' 'd/detach' 'in-place' 'preserve-fds=' 'runtime=' 'pull=' 'tls-verify=' 'platform=' 'dry-run' 'format=' 'name=' 'rm' 'i/interactive' 't/tty' 'no-tty' 'e/env=+' 'env-file=+' 'w/workdir=' 'u/user=' 'group=' 'hostname=' 'entrypoint=' 'v/bind=+' 'rbind=+' 'tmpfs=+' 'mount=+' 'cp=+' 'cpus=' 'cpu-percent=' 'cpu-shares=' 'cpuset-cpus=' 'm/memory=' 'memory-swap=' 'pids=' 'device-read-bps=+' 'device-write-bps=+' 'ulimit=+' 'cap-add=+' 'cap-drop=+' 'seccomp=' 'no-new-privileges' 'read-only' 'privileged' 'userns=' 'sysctl=+' 'network=' 'p/publish=+' 'log-size=' 'l/label=+' 'stop-signal=' 'h/help'
        case 'exec'
            __swbox_parse_subcommand -r 1 'i/interactive' 't/tty' 'no-tty' 'e/env=+' 'env-file=+' 'w/workdir=' 'u/user=' 'group=' 'privileged' 'd/detach' 'h/help'
        case 'enter'
            __swbox_parse_subcommand -r 1 'i/interactive' 't/tty' 'no-tty' 'e/env=+' 'env-file=+' 'w/workdir=' 'u/user=' 'group=' 'privileged' 'h/help'
        case 'ps'
            __swbox_parse_subcommand 0 'a/all' 'q/quiet' 'no-trunc' 'format=' 'h/help'
        case 'logs'
            __swbox_parse_subcommand 1 'f/follow' 'n/tail=' 't/timestamps' 'format=' 'h/help'
        case 'wait'
            __swbox_parse_subcommand -r 1 'format=' 'h/help'
        case 'status'
            __swbox_parse_subcommand -r 1 'wait' 'format=' 'h/help'
        case 'inspect'
            __swbox_parse_subcommand -r 1 'format=' 'h/help'
        case 'stats'
            __swbox_parse_subcommand -r 1 'no-stream' 'i/interval=' 'format=' 'h/help'
        case 'top'
            __swbox_parse_subcommand 1 'no-stream' 'i/interval=' 'format=' 'h/help'
        case 'diff'
            __swbox_parse_subcommand 1 'format=' 'h/help'
        case 'cp'
            __swbox_parse_subcommand 2 'a/archive' 'h/help'
        case 'commit'
            __swbox_parse_subcommand 2 'a/author=' 'm/message=' 'c/change=+' 'pause=' 'format=' 'h/help'
        case 'stop'
            __swbox_parse_subcommand -r 1 't/time=' 'a/all' 'format=' 'h/help'
        case 'kill'
            __swbox_parse_subcommand -r 1 's/signal=' 'a/all' 'format=' 'h/help'
        case 'rm'
            __swbox_parse_subcommand -r 1 'f/force' 'a/all' 'format=' 'h/help'
        case 'images'
            __swbox_parse_subcommand 0 'format=' 'h/help'
        case 'tag'
            __swbox_parse_subcommand 2 'h/help'
        case 'rmi'
            __swbox_parse_subcommand -r 1 'format=' 'h/help'
        case 'image'
            __swbox_parse_subcommand 0 'h/help'
            switch $unparsed_tokens[1]
            case 'inspect'
                __swbox_parse_subcommand 1 'format=' 'platform=' 'h/help'
            case 'lint'
                __swbox_parse_subcommand 1 'strict' 'format=' 'h/help'
            case 'import'
                __swbox_parse_subcommand 2 'compression=' 'format=' 'signature=' 'no-signature' 'cert-dir=' 'max-size=' 'h/help'
            end
        case 'load'
            __swbox_parse_subcommand 0 'i/input=' 'format=' 'h/help'
        case 'save'
            __swbox_parse_subcommand -r 1 'format=' 'o/output=' 'platform=' 'h/help'
        case 'build'
            __swbox_parse_subcommand 1 't/tag=' 'context=' 'o/output=' 'C/compression=' 'variable=+' 'no-cache' 'runtime=' 'q/quiet' 'format=' 'h/help'
        case 'import'
            __swbox_parse_subcommand 2 'compression=' 'cmd=+' 'format=' 'h/help'
        case 'export'
            __swbox_parse_subcommand 1 'o/output=' 'platform=' 'h/help'
        case 'unpack'
            __swbox_parse_subcommand 2 'max-size=' 'platform=' 'h/help'
        case 'pull'
            __swbox_parse_subcommand -r 1 'tls-verify=' 'authfile=' 'cert-dir=' 'retry=' 'creds=' 'parallel=' 'platform=' 'all-platforms' 'q/quiet' 'format=' 'signature-policy=' 'insecure-policy' 'no-unpack' 'h/help'
        case 'push'
            __swbox_parse_subcommand 2 'tls-verify=' 'authfile=' 'cert-dir=' 'retry=' 'creds=' 'parallel=' 'platform=' 'all-platforms' 'q/quiet' 'format=' 'chunk-size=' 'h/help'
        case 'login'
            __swbox_parse_subcommand 1 'tls-verify=' 'authfile=' 'cert-dir=' 'retry=' 'u/username=' 'p/password=' 'password-stdin' 'get-login' 'h/help'
        case 'logout'
            __swbox_parse_subcommand 1 'authfile=' 'a/all' 'h/help'
        case 'deploy'
            __swbox_parse_subcommand 1 'keep=' 'image=' 'platform=' 'archive=' 'rollback' 'list' 'format=' 'h/help'
        case 'generate'
            __swbox_parse_subcommand 0 'h/help'
            switch $unparsed_tokens[1]
            case 'systemd'
                __swbox_parse_subcommand 1 'h/help'
            end
        case 'trust'
            __swbox_parse_subcommand 0 'h/help'
            switch $unparsed_tokens[1]
            case 'add'
                __swbox_parse_subcommand -r 1 'prefix=' 'format=' 'h/help'
            case 'list'
                __swbox_parse_subcommand 0 'format=' 'h/help'
            case 'rm'
                __swbox_parse_subcommand -r 1 'prefix=' 'format=' 'h/help'
            end
        case 'gc'
            __swbox_parse_subcommand 0 'grace-period=' 'build-cache=' 'dry-run' 'format=' 'h/help'
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
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'run' -d 'Run a command in a new container.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'exec' -d 'Run one more command in a container that runs.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'enter' -d 'Run a shell in a container that runs.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'ps' -d 'List the containers that run.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'logs' -d 'Print what a container\'s program wrote.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'wait' -d 'Wait until containers have ended, and print their exit statuses.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'status' -d 'Tell where containers are in their lives.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'inspect' -d 'Show all that is known of containers, as JSON.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'stats' -d 'Show what containers use, again and again.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'top' -d 'Show the processes of a container, again and again.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'diff' -d 'List what a container has changed of its root file system.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'cp' -d 'Copy files between a container and the host.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'commit' -d 'Make an image of a container.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'stop' -d 'Ask containers to end, and kill those that do not.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'kill' -d 'Send a signal to the first processes of containers.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'rm' -d 'Remove containers with their changes and logs.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'images' -d 'List the images.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'tag' -d 'Give an image a further name.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'rmi' -d 'Remove names of images, and images that have no other name.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'image' -d 'Look into images, and take those of other kinds.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'load' -d 'Load images from an OCI image layout or a docker archive.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'save' -d 'Write images as an OCI image layout or a docker archive.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'build' -d 'Make an image by the steps of a build file.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'import' -d 'Make an image of the archive of a root file system.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'export' -d 'Write the root file system of an image as an archive.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'unpack' -d 'Unpack the root file system of an image into a directory.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'pull' -d 'Bring images from registries.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'push' -d 'Bring an image to a registry.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'login' -d 'Keep a password for a registry.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'logout' -d 'Forget the password for a registry.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'deploy' -d 'Unpack a new version of a root file system beside the old ones, and switch to it at once.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'generate' -d 'Write files for other programs.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'trust' -d 'Say whose signatures are believed.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'gc' -d 'Remove containers that have ended, what no image and container refers to, and unfinished work.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'completion' -d 'Print the script that completes swbox\'s words in a shell.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" rootfs' -l 'rootfs' -d 'In place of an image: a directory that is the root file system, or an archive of one.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" ephemeral' -l 'ephemeral' -d 'Keep changes apart from the directory of --rootfs, and throw them away with the container.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" d detach' -s 'd' -l 'detach' -d 'Print the container\'s ID, and let it run alone.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" in-place' -l 'in-place' -d 'Become the command: the same process, with the descriptors of LISTEN_FDS and SERVER_STARTER_PORT.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" preserve-fds' -l 'preserve-fds' -d 'With --in-place: pass on more descriptors, behind LISTEN_FDS.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" runtime' -l 'runtime' -d 'The runtime (default: swrun).' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" pull' -l 'pull' -d 'When the image is brought from its registry.' -rfka 'missing always never'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" tls-verify' -l 'tls-verify' -d 'Whether that registry has to prove who it is.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" platform' -l 'platform' -d 'The one that is meant: os/architecture or os/architecture/variant.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" dry-run' -l 'dry-run' -d 'Print the runtime\'s config.json, and run nothing.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" format' -l 'format' -d 'How --detach prints the ID.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" name' -l 'name' -d 'Its name, and that of its host (default: its ID).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" rm' -l 'rm' -d 'Remove the container when it has ended.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" i interactive' -s 'i' -l 'interactive' -d 'Standard input is passed on; it always is, but for --detach.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" t tty' -s 't' -l 'tty' -d 'Give the command a terminal; it has one by itself if standard input and output are terminals.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" no-tty' -l 'no-tty' -d 'Give the command pipes.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -s 'e' -l 'env' -d 'One more variable; a name alone has the caller\'s value.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'env-file' -d 'File with a variable a line.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" w workdir' -s 'w' -l 'workdir' -d 'Where the command starts.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" u user' -s 'u' -l 'user' -d 'Who runs the command: names of the container, or IDs.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" group' -l 'group' -d 'The group, in place of the user\'s.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" hostname' -l 'hostname' -d 'The host\'s name in the container (default: --name).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" entrypoint' -l 'entrypoint' -d 'A program in place of the image\'s entrypoint.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -s 'v' -l 'bind' -l 'volume' -d 'Show a file or directory of the host.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'rbind' -d 'The same with the mounts below it.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'tmpfs' -d 'Mount an empty file system in memory.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'mount' -d 'Mount something: type=bind or tmpfs, src=, dst=, ro and others, with commas.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'cp' -d 'Show a file of the host as it is now, read-only: /etc/resolv.conf, /etc/localtime …' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" cpus' -l 'cpus' -d 'CPUs, such as 1.5.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" cpu-percent' -l 'cpu-percent' -d 'Percent of one CPU.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" cpu-shares' -l 'cpu-shares' -d 'Share of CPU time.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" cpuset-cpus' -l 'cpuset-cpus' -d 'CPUs to run on: 0-3,7.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" m memory' -s 'm' -l 'memory' -d 'Memory: a number with K, M, G or T.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" memory-swap' -l 'memory-swap' -d 'Memory and swap; -1 for no limit (default: twice --memory).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" pids pids-limit' -l 'pids' -l 'pids-limit' -d 'Processes; -1 for no limit (default: 2048).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'device-read-bps' -d 'Bytes a second read from a block device.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'device-write-bps' -d 'Bytes a second written to a block device.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'ulimit' -d 'A limit of processes, such as nofile=1024:2048.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'cap-add' -d 'One more capability, or ALL.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'cap-drop' -d 'One capability less, or ALL.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" seccomp' -l 'seccomp' -d 'Filter of system calls: a profile as in config.json, or unconfined.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" no-new-privileges' -l 'no-new-privileges' -d 'Set-user-ID programs do not raise privileges.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" read-only' -l 'read-only' -d 'The root cannot be written to; /run, /tmp and volumes can.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" privileged' -l 'privileged' -d 'Take nothing from root: all capabilities, all devices, no filter, nothing hidden.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" userns' -l 'userns' -d 'A user namespace: the host\'s IDs that the container\'s stand for, or auto.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -l 'sysctl' -d 'A kernel parameter of the namespaces.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" network' -l 'network' -d 'The network: none, host or bridge.' -rfka 'none host bridge'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -s 'p' -l 'publish' -d 'Pass a port of the host on; implies --network bridge.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" log-size' -l 'log-size' -d 'What is kept of its output at most; 0 for all (default: 64M).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run"' -s 'l' -l 'label' -d 'A key and value of your own.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" stop-signal' -l 'stop-signal' -d 'What asks the command to end (default: the image\'s, or TERM).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox run" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" i interactive' -s 'i' -l 'interactive' -d 'Standard input is passed on; it always is, but for --detach.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" t tty' -s 't' -l 'tty' -d 'Give the command a terminal; it has one by itself if standard input and output are terminals.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" no-tty' -l 'no-tty' -d 'Give the command pipes.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec"' -s 'e' -l 'env' -d 'One more variable; a name alone has the caller\'s value.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec"' -l 'env-file' -d 'File with a variable a line.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" w workdir' -s 'w' -l 'workdir' -d 'Where the command starts.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" u user' -s 'u' -l 'user' -d 'Who runs the command: names of the container, or IDs.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" group' -l 'group' -d 'The group, in place of the user\'s.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" privileged' -l 'privileged' -d 'Give the command all capabilities.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" d detach' -s 'd' -l 'detach' -d 'Let the command run alone.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox exec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter" i interactive' -s 'i' -l 'interactive' -d 'Standard input is passed on; it always is, but for --detach.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter" t tty' -s 't' -l 'tty' -d 'Give the command a terminal; it has one by itself if standard input and output are terminals.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter" no-tty' -l 'no-tty' -d 'Give the command pipes.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter"' -s 'e' -l 'env' -d 'One more variable; a name alone has the caller\'s value.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter"' -l 'env-file' -d 'File with a variable a line.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter" w workdir' -s 'w' -l 'workdir' -d 'Where the command starts.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter" u user' -s 'u' -l 'user' -d 'Who runs the command: names of the container, or IDs.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter" group' -l 'group' -d 'The group, in place of the user\'s.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter" privileged' -l 'privileged' -d 'Give the command all capabilities.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox enter" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox ps" a all' -s 'a' -l 'all' -d 'List those that do not run, too.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox ps" q quiet' -s 'q' -l 'quiet' -d 'Print only the IDs.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox ps" no-trunc' -l 'no-trunc' -d 'Print IDs and commands in full.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox ps" format' -l 'format' -d 'How the list is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox ps" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox logs" f follow' -s 'f' -l 'follow' -d 'Go on until the container has ended.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox logs" n tail' -s 'n' -l 'tail' -d 'Begin with the last so many lines.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox logs" t timestamps' -s 't' -l 'timestamps' -d 'Print when each line was written.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox logs" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox logs" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox wait" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox wait" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox status" wait' -l 'wait' -d 'Wait until they have ended.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox status" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox inspect" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox inspect" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox stats" no-stream' -l 'no-stream' -d 'Look once.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox stats" i interval' -s 'i' -l 'interval' -d 'Time between two looks: a number with s, m, h or d.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox stats" format' -l 'format' -d 'How it is printed; json is one line a look.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox stats" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox top" no-stream' -l 'no-stream' -d 'Look once.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox top" i interval' -s 'i' -l 'interval' -d 'Time between two looks: a number with s, m, h or d.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox top" format' -l 'format' -d 'How it is printed; json is one line a look.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox top" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox diff" format' -l 'format' -d 'How the list is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox diff" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox cp" a archive' -s 'a' -l 'archive' -d 'Keep owners, set-user-ID bits and devices; else files are root\'s, or yours.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox cp" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox commit" a author' -s 'a' -l 'author' -d 'Who made the image.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox commit" m message' -s 'm' -l 'message' -d 'What is to be said of it.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox commit"' -s 'c' -l 'change' -d 'A change of the configuration, such as \'CMD ["/bin/sh"]\'; may be repeated.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox commit" pause' -l 'pause' -d 'Whether a container that runs stands still meanwhile (default: true; without root if that can be done).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox commit" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox commit" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox stop" t time' -s 't' -l 'time' -d 'How long they have, in seconds.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox stop" a all' -s 'a' -l 'all' -d 'Stop all that run.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox stop" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox stop" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox kill" s signal' -s 's' -l 'signal' -d 'Name or number: TERM, SIGTERM, 15.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox kill" a all' -s 'a' -l 'all' -d 'Signal all that run.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox kill" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox kill" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox rm" f force' -s 'f' -l 'force' -d 'Kill those that run; one that is not there is no error.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox rm" a all' -s 'a' -l 'all' -d 'Remove all that have ended, and with --force all.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox rm" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox rm" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox images" format' -l 'format' -d 'How the list is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox images" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox tag" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox rmi" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox rmi" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox image" -eq 1' -fa 'inspect' -d 'Show what an image is made of, and its configuration.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox image" -eq 1' -fa 'lint' -d 'Tell of all rules of its specification that an image breaks.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox image" -eq 1' -fa 'import' -d 'Make an OCI image of an App Container Image, and tell what is lost.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image inspect" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image inspect" platform' -l 'platform' -d 'The one that is meant: os/architecture or os/architecture/variant.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image inspect" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image lint" strict' -l 'strict' -d 'Count what goes against a recommendation as a failure, too.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image lint" format' -l 'format' -d 'How the faults are printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox image lint" -eq 1' -F
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image lint" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image import" compression' -l 'compression' -d 'How the layer is compressed.' -rfka 'none gzip zstd'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image import" format' -l 'format' -d 'How the outcome is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image import" signature' -l 'signature' -d 'The archive\'s detached signature, to be checked by trusted keys.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image import" no-signature' -l 'no-signature' -d 'Take an image from the network without a signature.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image import" cert-dir' -l 'cert-dir' -d 'A directory with certificates of CAs: *.crt.' -rfa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image import" max-size' -l 'max-size' -d 'The most that is fetched: a number with K, M, G or T.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox image import" -eq 1' -F
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox image import" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox load" i input' -s 'i' -l 'input' -d 'An archive, or a directory with an image layout (default: standard input).' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox load" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox load" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox save" format' -l 'format' -d 'What is written.' -rfka 'oci-archive oci-dir docker-archive'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox save" o output' -s 'o' -l 'output' -d 'A new file, or a new directory (default: standard output).' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox save" platform' -l 'platform' -d 'The one that is meant: os/architecture or os/architecture/variant.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox save" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" t tag' -s 't' -l 'tag' -d 'The image\'s name (default: what the file says).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" context' -l 'context' -d 'The directory that steps take files from (default: that of the build file).' -rfa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" o output' -s 'o' -l 'output' -d 'Write the image to an OCI archive, too: a new file, or -.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" C compression' -s 'C' -l 'compression' -d 'How layers are compressed.' -rfka 'gzip zstd xz none'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build"' -l 'variable' -d 'The value of a variable of the build file; may be repeated.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" no-cache' -l 'no-cache' -d 'Make all steps anew.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" runtime' -l 'runtime' -d 'The program that runs containers (default: swrun).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" q quiet' -s 'q' -l 'quiet' -d 'Print nothing but the image.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" format' -l 'format' -d 'How the image is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox build" -eq 1' -F
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox build" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox import" compression' -l 'compression' -d 'How a layer is compressed that does not come compressed.' -rfka 'none gzip zstd'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox import"' -l 'cmd' -d 'A word of the command of containers; may be repeated.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox import" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox import" -eq 1' -F
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox import" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox export" o output' -s 'o' -l 'output' -d 'A new file (default: standard output).' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox export" platform' -l 'platform' -d 'The one that is meant: os/architecture or os/architecture/variant.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox export" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox unpack" max-size' -l 'max-size' -d 'The most that a layer may hold: a number with K, M, G or T.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox unpack" platform' -l 'platform' -d 'The one that is meant: os/architecture or os/architecture/variant.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox unpack" -eq 1' -fa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox unpack" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" tls-verify' -l 'tls-verify' -d 'Whether the registry has to prove who it is; without, plain HTTP will do, too.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" authfile' -l 'authfile' -d 'The file with passwords.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" cert-dir' -l 'cert-dir' -d 'A directory with certificates: *.crt of CAs, *.cert and *.key of this client.' -rfa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" retry' -l 'retry' -d 'How often a request that failed for a passing reason is sent again.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox pull" creds' -l 'creds' -d 'Who asks, in place of what files say; others see it in the list of processes.' -rfka ''
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
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox push" creds' -l 'creds' -d 'Who asks, in place of what files say; others see it in the list of processes.' -rfka ''
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
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox deploy" keep' -l 'keep' -d 'How many versions before the new one stay.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox deploy" image' -l 'image' -d 'The version: an image\'s name or ID.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox deploy" platform' -l 'platform' -d 'The one that is meant: os/architecture or os/architecture/variant.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox deploy" archive' -l 'archive' -d 'The version: an archive of a root file system; - is standard input.' -rF
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox deploy" rollback' -l 'rollback' -d 'Switch back to the version before the current one.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox deploy" list' -l 'list' -d 'List the versions.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox deploy" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox deploy" -eq 1' -fa '(__swbox_complete_directories)'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox deploy" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox generate" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox generate" -eq 1' -fa 'systemd' -d 'Write a unit that runs a container like one that exists.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox generate systemd" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox trust" -eq 1' -fa 'add' -d 'Trust the keys of a file.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox trust" -eq 1' -fa 'list' -d 'List the trusted keys.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox trust" -eq 1' -fa 'rm' -d 'Trust keys no longer.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust add" prefix' -l 'prefix' -d 'Only for names that begin so (default: all names).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust add" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox trust add" -ge 1' -F
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust add" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust list" format' -l 'format' -d 'How the list is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust rm" prefix' -l 'prefix' -d 'The prefix with which they were added (default: all names).' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust rm" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox trust rm" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" grace-period' -l 'grace-period' -d 'Leave what changed in this time: a number with s, m, h or d.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" build-cache' -l 'build-cache' -d 'Leave steps of builds that were used in this time; 0 leaves none.' -rfka ''
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" dry-run' -l 'dry-run' -d 'Only tell what would be removed.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" format' -l 'format' -d 'How it is printed.' -rfka 'table json'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox gc" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_positional "swbox completion" -eq 1' -fka 'bash zsh fish'
complete -c 'swbox' -n '__swbox_should_offer_completions_for_flags_or_options "swbox completion" h help' -s 'h' -l 'help' -d 'Show help information.'
