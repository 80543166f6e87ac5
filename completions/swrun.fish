function __swrun_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __swrun_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __swrun_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __swrun_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __swrun_parse_tokens -S
    set -l unparsed_tokens (__swrun_tokens -pc)
    switch $unparsed_tokens[1]
    case 'swrun'
        __swrun_parse_subcommand 0 'root=' 'log=' 'log-format=' 'debug' 'systemd-cgroup' 'cgroup-manager=' 'rootless=' 'criu=' 'v/version' 'h/help'
        switch $unparsed_tokens[1]
        case 'create'
            __swrun_parse_subcommand 1 'b/bundle=' 'f/config=' 'console-socket=' 'pidfd-socket=' 'pid-file=' 'preserve-fds=' 'no-pivot' 'no-new-keyring' 'h/help'
        case 'start'
            __swrun_parse_subcommand 1 'h/help'
        case 'run'
            __swrun_parse_subcommand 1 'd/detach' 'keep' 'in-place' 'no-subreaper' 'b/bundle=' 'f/config=' 'console-socket=' 'pidfd-socket=' 'pid-file=' 'preserve-fds=' 'no-pivot' 'no-new-keyring' 'h/help'
        case 'kill'
            __swrun_parse_subcommand 2 'a/all' 'r/regex' 'h/help'
        case 'delete'
            __swrun_parse_subcommand 1 'f/force' 'r/regex' 'h/help'
        case 'exec'
            __swrun_parse_subcommand -r 2 'p/process=' 'cwd=' 'e/env=+' 't/tty' 'u/user=' 'g/additional-gids=+' 'c/cap=+' 'no-new-privs' 'process-label=' 'apparmor=' 'cgroup=+' 'ignore-paused' 'd/detach' 'console-socket=' 'pidfd-socket=' 'pid-file=' 'preserve-fds=' 'h/help'
        case 'pause'
            __swrun_parse_subcommand 1 'h/help'
        case 'resume'
            __swrun_parse_subcommand 1 'h/help'
        case 'update'
            __swrun_parse_subcommand 1 'r/resources=' 'blkio-weight=' 'cpu-period=' 'cpu-quota=' 'cpu-burst=' 'cpu-share=' 'cpu-rt-period=' 'cpu-rt-runtime=' 'cpuset-cpus=' 'cpuset-mems=' 'cpu-idle=' 'memory=' 'memory-reservation=' 'memory-swap=' 'pids-limit=' 'l3-cache-schema=' 'mem-bw-schema=' 'h/help'
        case 'mounts'
            __swrun_parse_subcommand 3 'h/help'
        case 'checkpoint'
            __swrun_parse_subcommand 1 'image-path=' 'work-path=' 'tcp-established' 'ext-unix-sk' 'shell-job' 'file-locks' 'lazy-pages' 'auto-dedup' 'manage-cgroups-mode=' 'empty-ns=+' 'parent-path=' 'leave-running' 'tcp-skip-in-flight' 'link-remap' 'pre-dump' 'status-fd=' 'page-server=' 'h/help'
        case 'restore'
            __swrun_parse_subcommand 1 'image-path=' 'work-path=' 'tcp-established' 'ext-unix-sk' 'shell-job' 'file-locks' 'lazy-pages' 'auto-dedup' 'manage-cgroups-mode=' 'empty-ns=+' 'd/detach' 'no-subreaper' 'lsm-profile=' 'lsm-mount-context=' 'b/bundle=' 'console-socket=' 'pid-file=' 'no-pivot' 'h/help'
        case 'state'
            __swrun_parse_subcommand 1 'h/help'
        case 'list'
            __swrun_parse_subcommand 0 'f/format=' 'q/quiet' 'h/help'
        case 'ps'
            __swrun_parse_subcommand -r 2 'f/format=' 'h/help'
        case 'events'
            __swrun_parse_subcommand 1 'interval=' 'stats' 'h/help'
        case 'spec'
            __swrun_parse_subcommand 0 'b/bundle=' 'f/file=' 'rootless' 'h/help'
        case 'features'
            __swrun_parse_subcommand 0 'h/help'
        case 'help'
            __swrun_parse_subcommand -r 1 
        end
    end
end

function __swrun_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __swrun_parse_subcommand -S -a positional_count
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

function __swrun_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __swrun_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__swrun_tokens -p)
    if test -z "$(__swrun_tokens -t)"
        set -l index (count (__swrun_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'swrun' -f
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" root' -l 'root' -d 'Directory for the state of containers (default: /run/swrun; without root $XDG_RUNTIME_DIR/swrun).' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" log' -l 'log' -d 'Where messages go besides standard error: a file, journald:IDENTIFIER or syslog:IDENTIFIER.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" log-format' -l 'log-format' -d 'The form of messages.' -rfka 'text json'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" debug' -l 'debug' -d 'Log the steps of each operation.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" systemd-cgroup' -l 'systemd-cgroup' -d 'The same as --cgroup-manager=systemd.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" cgroup-manager' -l 'cgroup-manager' -d 'Who makes cgroups: swrun in cgroupfs, systemd as scopes (with cgroup v2), or nobody.' -rfka 'cgroupfs systemd disabled'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" rootless' -l 'rootless' -d 'Do without what only the host\'s root can do: auto, where swrun is not it; true; false.' -rfka 'auto true false'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" criu' -l 'criu' -d 'The criu program of checkpoint and restore (default: found in $PATH).' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" v version' -l 'version' -s 'v' -d 'Print the version.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'create' -d 'Create a container; its program waits for `start`.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'start' -d 'Run the program of a created container.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'run' -d 'Create and start a container, and wait for its end.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'kill' -d 'Send a signal to a container\'s first process.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'delete' -d 'Remove a container and all that was made for it.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'exec' -d 'Run another program in a container.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'pause' -d 'Stop all processes of a container until `resume`.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'resume' -d 'Let the processes of a paused container go on.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'update' -d 'Change the limits of a container.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'mounts' -d 'Add mounts to a container that runs, or remove them.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'checkpoint' -d 'Save a running container\'s processes, and delete it.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'restore' -d 'Make a container whose processes `checkpoint` saved.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'state' -d 'Print a container\'s state as JSON.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'list' -d 'List the containers.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'ps' -d 'List the processes of a container.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'events' -d 'Print statistics, and when memory is used up, as JSON.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'spec' -d 'Write a config.json to start from.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'features' -d 'Print what this runtime supports, as JSON.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" b bundle' -l 'bundle' -s 'b' -d 'The bundle\'s directory.' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" config f' -l 'config' -s 'f' -d 'The configuration (default: config.json in the bundle).' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'json\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" console-socket' -l 'console-socket' -d 'AF_UNIX socket that receives the terminal.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" pidfd-socket' -l 'pidfd-socket' -d 'AF_UNIX socket that receives a pidfd of the process.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" pid-file' -l 'pid-file' -d 'File to write the pid to.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" preserve-fds' -l 'preserve-fds' -d 'How many more descriptors, from 3 on, the program inherits.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" no-pivot' -l 'no-pivot' -d 'Do not use pivot_root (for a root on a ramdisk).'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" no-new-keyring' -l 'no-new-keyring' -d 'Keep the caller\'s session keyring.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun create" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun start" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun start" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" d detach' -l 'detach' -s 'd' -d 'Return when the program runs.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" keep' -l 'keep' -d 'Do not delete the container when its program ends.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" in-place' -l 'in-place' -d 'Become the program: the same process, the same parent. `delete` removes the container.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" no-subreaper' -l 'no-subreaper' -d 'Do not become the reaper of orphaned processes.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" b bundle' -l 'bundle' -s 'b' -d 'The bundle\'s directory.' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" config f' -l 'config' -s 'f' -d 'The configuration (default: config.json in the bundle).' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'json\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" console-socket' -l 'console-socket' -d 'AF_UNIX socket that receives the terminal.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" pidfd-socket' -l 'pidfd-socket' -d 'AF_UNIX socket that receives a pidfd of the process.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" pid-file' -l 'pid-file' -d 'File to write the pid to.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" preserve-fds' -l 'preserve-fds' -d 'How many more descriptors, from 3 on, the program inherits.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" no-pivot' -l 'no-pivot' -d 'Do not use pivot_root (for a root on a ramdisk).'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" no-new-keyring' -l 'no-new-keyring' -d 'Keep the caller\'s session keyring.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun run" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun kill" a all' -l 'all' -s 'a' -d 'Send it to all the container\'s processes.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun kill" r regex' -l 'regex' -s 'r' -d 'The name is a regular expression; signal all that fit.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun kill" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun kill" -eq 2' -fka 'TERM KILL INT HUP QUIT USR1 USR2 STOP CONT WINCH ABRT ALRM PIPE'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun kill" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun delete" f force' -l 'force' -s 'f' -d 'Kill the container first if it lives; no error if there is none.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun delete" r regex' -l 'regex' -s 'r' -d 'The name is a regular expression; remove all that fit.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun delete" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun delete" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" p process' -l 'process' -s 'p' -d 'File with the process as JSON; else it is the container\'s.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" cwd' -l 'cwd' -d 'Working directory in the container.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec"' -l 'env' -s 'e' -d 'One more variable.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" t tty' -l 'tty' -s 't' -d 'Give the program a terminal.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" u user' -l 'user' -s 'u' -d 'User and group, as IDs.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec"' -l 'additional-gids' -s 'g' -d 'One more group.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec"' -l 'cap' -s 'c' -d 'One more capability, such as CAP_NET_ADMIN.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" no-new-privs' -l 'no-new-privs' -d 'Programs of other users do not raise its privileges.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" process-label' -l 'process-label' -d 'SELinux label.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" apparmor' -l 'apparmor' -d 'AppArmor profile.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec"' -l 'cgroup' -d 'An existing cgroup below the container\'s to run in; of one controller\'s hierarchy, or of all.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" ignore-paused' -l 'ignore-paused' -d 'Add the process to a paused container; it waits there.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" d detach' -l 'detach' -s 'd' -d 'Return when the program runs.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" console-socket' -l 'console-socket' -d 'AF_UNIX socket that receives the terminal.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" pidfd-socket' -l 'pidfd-socket' -d 'AF_UNIX socket that receives a pidfd of the process.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" pid-file' -l 'pid-file' -d 'File to write the pid to.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" preserve-fds' -l 'preserve-fds' -d 'How many more descriptors, from 3 on, the program inherits.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun exec" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun exec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun pause" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun pause" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun resume" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun resume" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" r resources' -l 'resources' -s 'r' -d 'JSON file of limits, - for standard input; other limits are then ignored.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" blkio-weight' -l 'blkio-weight' -d 'Weight of block I/O, 10 to 1000.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpu-period' -l 'cpu-period' -d 'Length of the quota\'s period.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpu-quota' -l 'cpu-quota' -d 'CPU time in each period; -1 for no limit.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpu-burst' -l 'cpu-burst' -d 'Unused quota that a later period may use.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpu-share' -l 'cpu-share' -d 'Weight of CPU time, 2 to 262144.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpu-rt-period' -l 'cpu-rt-period' -d 'Period of realtime scheduling.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpu-rt-runtime' -l 'cpu-rt-runtime' -d 'Time in realtime scheduling in each period.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpuset-cpus' -l 'cpuset-cpus' -d 'CPUs to use: 0-3,7.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpuset-mems' -l 'cpuset-mems' -d 'Memory nodes to use.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" cpu-idle' -l 'cpu-idle' -d '1 to run only when nothing else does, 0 for normal scheduling.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" memory' -l 'memory' -d 'Memory, such as 512m; -1 for no limit.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" memory-reservation' -l 'memory-reservation' -d 'Memory to be kept under pressure.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" memory-swap' -l 'memory-swap' -d 'Memory and swap together; -1 for no limit.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" pids-limit' -l 'pids-limit' -d 'Number of tasks; -1 for no limit.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" l3-cache-schema' -l 'l3-cache-schema' -d 'Line for resctrl: L3:0=f.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" mem-bw-schema' -l 'mem-bw-schema' -d 'Line for resctrl: MB:0=50.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun update" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun update" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun mounts" -eq 1' -fka 'add remove'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun mounts" -eq 2' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun mounts" -eq 3' -fa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'json\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun mounts" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" image-path' -l 'image-path' -d 'Directory of the images (default: ./checkpoint).' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" work-path' -l 'work-path' -d 'Directory of criu\'s log (default: that of the images).' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" tcp-established' -l 'tcp-established' -d 'Allow TCP connections that are open.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" ext-unix-sk' -l 'ext-unix-sk' -d 'Allow AF_UNIX sockets whose other end is outside.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" shell-job' -l 'shell-job' -d 'Allow a session leader or terminal that is outside.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" file-locks' -l 'file-locks' -d 'Allow locks of files.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" lazy-pages' -l 'lazy-pages' -d 'Fetch memory only when it is used.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" auto-dedup' -l 'auto-dedup' -d 'Free what images of memory have twice.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" manage-cgroups-mode' -l 'manage-cgroups-mode' -d 'When limits of cgroups are restored.' -rfka 'soft full strict ignore'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint"' -l 'empty-ns' -d 'Leave a namespace empty; that of the network always is.' -rfka 'network'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" parent-path' -l 'parent-path' -d 'Images of an earlier --pre-dump, relative to the image directory.' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" leave-running' -l 'leave-running' -d 'Let the container go on.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" tcp-skip-in-flight' -l 'tcp-skip-in-flight' -d 'Leave out TCP connections that are being made.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" link-remap' -l 'link-remap' -d 'Give files names again that are open and were unlinked.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" pre-dump' -l 'pre-dump' -d 'Save memory only, in advance, and let the container go on.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" status-fd' -l 'status-fd' -d 'Descriptor that gets a zero byte when lazy pages can be fetched.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" page-server' -l 'page-server' -d 'Where memory is sent to, or served with --lazy-pages.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun checkpoint" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun checkpoint" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" image-path' -l 'image-path' -d 'Directory of the images (default: ./checkpoint).' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" work-path' -l 'work-path' -d 'Directory of criu\'s log (default: that of the images).' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" tcp-established' -l 'tcp-established' -d 'Allow TCP connections that are open.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" ext-unix-sk' -l 'ext-unix-sk' -d 'Allow AF_UNIX sockets whose other end is outside.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" shell-job' -l 'shell-job' -d 'Allow a session leader or terminal that is outside.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" file-locks' -l 'file-locks' -d 'Allow locks of files.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" lazy-pages' -l 'lazy-pages' -d 'Fetch memory only when it is used.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" auto-dedup' -l 'auto-dedup' -d 'Free what images of memory have twice.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" manage-cgroups-mode' -l 'manage-cgroups-mode' -d 'When limits of cgroups are restored.' -rfka 'soft full strict ignore'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore"' -l 'empty-ns' -d 'Leave a namespace empty; that of the network always is.' -rfka 'network'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" d detach' -l 'detach' -s 'd' -d 'Return when the processes run.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" no-subreaper' -l 'no-subreaper' -d 'Do not become the reaper of orphaned processes.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" lsm-profile' -l 'lsm-profile' -d 'Label of the processes in place of the saved one: apparmor:NAME or selinux:LABEL.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" lsm-mount-context' -l 'lsm-mount-context' -d 'SELinux label of mounts in place of the saved one.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" b bundle' -l 'bundle' -s 'b' -d 'The bundle\'s directory (default: the working directory).' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" console-socket' -l 'console-socket' -d 'AF_UNIX socket that receives the terminal.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" pid-file' -l 'pid-file' -d 'File to write the pid to.' -rF
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" no-pivot' -l 'no-pivot' -d 'Accepted for callers of runc; changes nothing.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun restore" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun state" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun state" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun list" f format' -l 'format' -s 'f' -d 'table or json.' -rfka 'table json'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun list" q quiet' -l 'quiet' -s 'q' -d 'Print the IDs only.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun ps" f format' -l 'format' -s 'f' -d 'table or json.' -rfka 'table json'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun ps" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun ps" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun events" interval' -l 'interval' -d 'Time between statistics: 5s, 1m30s, 250ms.' -rfka ''
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun events" stats' -l 'stats' -d 'Print statistics once, and end.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_positional "swrun events" -eq 1' -fka '(swrun list -q 2>/dev/null)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun events" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun spec" b bundle' -l 'bundle' -s 'b' -d 'Where to write it.' -rfa '(__swrun_complete_directories)'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun spec" f file' -l 'file' -s 'f' -d 'The file to write, counted from there (default: config.json).' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'json\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun spec" rootless' -l 'rootless' -d 'For a user without privileges.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun spec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'swrun' -n '__swrun_should_offer_completions_for_flags_or_options "swrun features" h help' -s 'h' -l 'help' -d 'Show help information.'
