#!/bin/bash

__swrun_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__swrun_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

__swrun_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__swrun_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_swrun() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -r cur="${2}"
    local -r prev="${3}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--debug --systemd-cgroup --version -v -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=(--root --log --log-format --cgroup-manager --rootless --criu)
    __swrun_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--root')
        __swrun_add_completions -d
        return
        ;;
    '--log')
        __swrun_add_completions -f
        return
        ;;
    '--log-format')
        __swrun_add_completions -W 'text'$'\n''json'
        return
        ;;
    '--cgroup-manager')
        __swrun_add_completions -W 'cgroupfs'$'\n''systemd'$'\n''disabled'
        return
        ;;
    '--rootless')
        __swrun_add_completions -W 'auto'$'\n''true'$'\n''false'
        return
        ;;
    '--criu')
        __swrun_add_completions -f
        return
        ;;
    esac

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    create|start|run|kill|delete|exec|pause|resume|update|mounts|checkpoint|restore|state|list|ps|events|spec|features|help)
        # Offer subcommand argument completions
        "_swrun_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'create start run kill delete exec pause resume update mounts checkpoint restore state list ps events spec features help' -- "${cur}"))
        ;;
    esac
}

_swrun_create() {
    repeating_flags=()
    non_repeating_flags=(--no-pivot --no-new-keyring -h --help)
    repeating_options=()
    non_repeating_options=(--bundle -b --config -f --console-socket --pidfd-socket --pid-file --preserve-fds)
    __swrun_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--bundle'|'-b')
        __swrun_add_completions -d
        return
        ;;
    '--config'|'-f')
        __swrun_add_completions -o plusdirs -fX '!*.@(json)'
        return
        ;;
    '--console-socket')
        __swrun_add_completions -f
        return
        ;;
    '--pidfd-socket')
        __swrun_add_completions -f
        return
        ;;
    '--pid-file')
        __swrun_add_completions -f
        return
        ;;
    '--preserve-fds')
        return
        ;;
    esac
}

_swrun_start() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swrun_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_run() {
    repeating_flags=()
    non_repeating_flags=(--detach -d --keep --in-place --no-subreaper --no-pivot --no-new-keyring -h --help)
    repeating_options=()
    non_repeating_options=(--bundle -b --config -f --console-socket --pidfd-socket --pid-file --preserve-fds)
    __swrun_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--bundle'|'-b')
        __swrun_add_completions -d
        return
        ;;
    '--config'|'-f')
        __swrun_add_completions -o plusdirs -fX '!*.@(json)'
        return
        ;;
    '--console-socket')
        __swrun_add_completions -f
        return
        ;;
    '--pidfd-socket')
        __swrun_add_completions -f
        return
        ;;
    '--pid-file')
        __swrun_add_completions -f
        return
        ;;
    '--preserve-fds')
        return
        ;;
    esac
}

_swrun_kill() {
    repeating_flags=()
    non_repeating_flags=(--all -a --regex -r -h --help)
    repeating_options=()
    non_repeating_options=()
    __swrun_offer_flags_options 2

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    2)
        __swrun_add_completions -W 'TERM'$'\n''KILL'$'\n''INT'$'\n''HUP'$'\n''QUIT'$'\n''USR1'$'\n''USR2'$'\n''STOP'$'\n''CONT'$'\n''WINCH'$'\n''ABRT'$'\n''ALRM'$'\n''PIPE'
        return
        ;;
    esac
}

_swrun_delete() {
    repeating_flags=()
    non_repeating_flags=(--force -f --regex -r -h --help)
    repeating_options=()
    non_repeating_options=()
    __swrun_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_exec() {
    repeating_flags=()
    non_repeating_flags=(--tty -t --no-new-privs --ignore-paused --detach -d -h --help)
    repeating_options=(--env -e --additional-gids -g --cap -c --cgroup)
    non_repeating_options=(--process -p --cwd --user -u --process-label --apparmor --console-socket --pidfd-socket --pid-file --preserve-fds)
    __swrun_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--process'|'-p')
        __swrun_add_completions -f
        return
        ;;
    '--cwd')
        return
        ;;
    '--env'|'-e')
        return
        ;;
    '--user'|'-u')
        return
        ;;
    '--additional-gids'|'-g')
        return
        ;;
    '--cap'|'-c')
        return
        ;;
    '--process-label')
        return
        ;;
    '--apparmor')
        return
        ;;
    '--cgroup')
        return
        ;;
    '--console-socket')
        __swrun_add_completions -f
        return
        ;;
    '--pidfd-socket')
        __swrun_add_completions -f
        return
        ;;
    '--pid-file')
        __swrun_add_completions -f
        return
        ;;
    '--preserve-fds')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_pause() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swrun_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_resume() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swrun_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_update() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--resources -r --blkio-weight --cpu-period --cpu-quota --cpu-burst --cpu-share --cpu-rt-period --cpu-rt-runtime --cpuset-cpus --cpuset-mems --cpu-idle --memory --memory-reservation --memory-swap --pids-limit --l3-cache-schema --mem-bw-schema)
    __swrun_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--resources'|'-r')
        __swrun_add_completions -f
        return
        ;;
    '--blkio-weight')
        return
        ;;
    '--cpu-period')
        return
        ;;
    '--cpu-quota')
        return
        ;;
    '--cpu-burst')
        return
        ;;
    '--cpu-share')
        return
        ;;
    '--cpu-rt-period')
        return
        ;;
    '--cpu-rt-runtime')
        return
        ;;
    '--cpuset-cpus')
        return
        ;;
    '--cpuset-mems')
        return
        ;;
    '--cpu-idle')
        return
        ;;
    '--memory')
        return
        ;;
    '--memory-reservation')
        return
        ;;
    '--memory-swap')
        return
        ;;
    '--pids-limit')
        return
        ;;
    '--l3-cache-schema')
        return
        ;;
    '--mem-bw-schema')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_mounts() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swrun_offer_flags_options 3

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W 'add'$'\n''remove'
        return
        ;;
    2)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    3)
        __swrun_add_completions -o plusdirs -fX '!*.@(json)'
        return
        ;;
    esac
}

_swrun_checkpoint() {
    repeating_flags=()
    non_repeating_flags=(--tcp-established --ext-unix-sk --shell-job --file-locks --lazy-pages --auto-dedup --leave-running --tcp-skip-in-flight --link-remap --pre-dump -h --help)
    repeating_options=(--empty-ns)
    non_repeating_options=(--image-path --work-path --manage-cgroups-mode --parent-path --status-fd --page-server)
    __swrun_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--image-path')
        __swrun_add_completions -d
        return
        ;;
    '--work-path')
        __swrun_add_completions -d
        return
        ;;
    '--manage-cgroups-mode')
        __swrun_add_completions -W 'soft'$'\n''full'$'\n''strict'$'\n''ignore'
        return
        ;;
    '--empty-ns')
        __swrun_add_completions -W 'network'
        return
        ;;
    '--parent-path')
        __swrun_add_completions -d
        return
        ;;
    '--status-fd')
        return
        ;;
    '--page-server')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_restore() {
    repeating_flags=()
    non_repeating_flags=(--tcp-established --ext-unix-sk --shell-job --file-locks --lazy-pages --auto-dedup --detach -d --no-subreaper --no-pivot -h --help)
    repeating_options=(--empty-ns)
    non_repeating_options=(--image-path --work-path --manage-cgroups-mode --lsm-profile --lsm-mount-context --bundle -b --console-socket --pid-file)
    __swrun_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--image-path')
        __swrun_add_completions -d
        return
        ;;
    '--work-path')
        __swrun_add_completions -d
        return
        ;;
    '--manage-cgroups-mode')
        __swrun_add_completions -W 'soft'$'\n''full'$'\n''strict'$'\n''ignore'
        return
        ;;
    '--empty-ns')
        __swrun_add_completions -W 'network'
        return
        ;;
    '--lsm-profile')
        return
        ;;
    '--lsm-mount-context')
        return
        ;;
    '--bundle'|'-b')
        __swrun_add_completions -d
        return
        ;;
    '--console-socket')
        __swrun_add_completions -f
        return
        ;;
    '--pid-file')
        __swrun_add_completions -f
        return
        ;;
    esac
}

_swrun_state() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swrun_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_list() {
    repeating_flags=()
    non_repeating_flags=(--quiet -q -h --help)
    repeating_options=()
    non_repeating_options=(--format -f)
    __swrun_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--format'|'-f')
        __swrun_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swrun_ps() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format -f)
    __swrun_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--format'|'-f')
        __swrun_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_events() {
    repeating_flags=()
    non_repeating_flags=(--stats -h --help)
    repeating_options=()
    non_repeating_options=(--interval)
    __swrun_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--interval')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swrun_add_completions -W "$(eval 'swrun list -q 2>/dev/null')"
        return
        ;;
    esac
}

_swrun_spec() {
    repeating_flags=()
    non_repeating_flags=(--rootless -h --help)
    repeating_options=()
    non_repeating_options=(--bundle -b --file -f)
    __swrun_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--bundle'|'-b')
        __swrun_add_completions -d
        return
        ;;
    '--file'|'-f')
        __swrun_add_completions -o plusdirs -fX '!*.@(json)'
        return
        ;;
    esac
}

_swrun_features() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swrun_offer_flags_options 0
}

_swrun_help() {
    :
}

complete -o filenames -F _swrun swrun
