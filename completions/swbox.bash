#!/bin/bash

__swbox_cursor_index_in_current_word() {
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
__swbox_offer_flags_options() {
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

__swbox_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__swbox_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_swbox() {
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
    local -a non_repeating_flags=(--version -v -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=(--root --log-format)
    __swbox_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--root')
        __swbox_add_completions -d
        return
        ;;
    '--log-format')
        __swbox_add_completions -W 'text'$'\n''json'
        return
        ;;
    esac

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    run|exec|enter|ps|logs|wait|status|inspect|stats|top|diff|cp|commit|stop|kill|rm|images|tag|rmi|image|load|save|build|import|export|unpack|pull|push|login|logout|deploy|generate|trust|gc|completion|help)
        # Offer subcommand argument completions
        "_swbox_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'run exec enter ps logs wait status inspect stats top diff cp commit stop kill rm images tag rmi image load save build import export unpack pull push login logout deploy generate trust gc completion help' -- "${cur}"))
        ;;
    esac
}

_swbox_run() {
    repeating_flags=()
    non_repeating_flags=(--ephemeral -d --detach --in-place --dry-run --rm -i --interactive -t --tty --no-tty --no-new-privileges --read-only --privileged -h --help)
    repeating_options=(-e --env --env-file -v --bind --volume --rbind --tmpfs --mount --cp --device-read-bps --device-write-bps --ulimit --cap-add --cap-drop --sysctl -p --publish -l --label)
    non_repeating_options=(--rootfs --preserve-fds --runtime --pull --tls-verify --platform --format --name -w --workdir -u --user --group --hostname --entrypoint --cpus --cpu-percent --cpu-shares --cpuset-cpus -m --memory --memory-swap --pids --pids-limit --seccomp --userns --network --log-size --stop-signal)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--rootfs')
        __swbox_add_completions -f
        return
        ;;
    '--preserve-fds')
        return
        ;;
    '--runtime')
        __swbox_add_completions -f
        return
        ;;
    '--pull')
        __swbox_add_completions -W 'missing'$'\n''always'$'\n''never'
        return
        ;;
    '--tls-verify')
        return
        ;;
    '--platform')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    '--name')
        return
        ;;
    '-e'|'--env')
        return
        ;;
    '--env-file')
        __swbox_add_completions -f
        return
        ;;
    '-w'|'--workdir')
        return
        ;;
    '-u'|'--user')
        return
        ;;
    '--group')
        return
        ;;
    '--hostname')
        return
        ;;
    '--entrypoint')
        return
        ;;
    '-v'|'--bind'|'--volume')
        return
        ;;
    '--rbind')
        return
        ;;
    '--tmpfs')
        return
        ;;
    '--mount')
        return
        ;;
    '--cp')
        __swbox_add_completions -f
        return
        ;;
    '--cpus')
        return
        ;;
    '--cpu-percent')
        return
        ;;
    '--cpu-shares')
        return
        ;;
    '--cpuset-cpus')
        return
        ;;
    '-m'|'--memory')
        return
        ;;
    '--memory-swap')
        return
        ;;
    '--pids'|'--pids-limit')
        return
        ;;
    '--device-read-bps')
        return
        ;;
    '--device-write-bps')
        return
        ;;
    '--ulimit')
        return
        ;;
    '--cap-add')
        return
        ;;
    '--cap-drop')
        return
        ;;
    '--seccomp')
        __swbox_add_completions -f
        return
        ;;
    '--userns')
        return
        ;;
    '--sysctl')
        return
        ;;
    '--network')
        __swbox_add_completions -W 'none'$'\n''host'$'\n''bridge'
        return
        ;;
    '-p'|'--publish')
        return
        ;;
    '--log-size')
        return
        ;;
    '-l'|'--label')
        return
        ;;
    '--stop-signal')
        return
        ;;
    esac
}

_swbox_exec() {
    repeating_flags=()
    non_repeating_flags=(-i --interactive -t --tty --no-tty --privileged -d --detach -h --help)
    repeating_options=(-e --env --env-file)
    non_repeating_options=(-w --workdir -u --user --group)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-e'|'--env')
        return
        ;;
    '--env-file')
        __swbox_add_completions -f
        return
        ;;
    '-w'|'--workdir')
        return
        ;;
    '-u'|'--user')
        return
        ;;
    '--group')
        return
        ;;
    esac
}

_swbox_enter() {
    repeating_flags=()
    non_repeating_flags=(-i --interactive -t --tty --no-tty --privileged -h --help)
    repeating_options=(-e --env --env-file)
    non_repeating_options=(-w --workdir -u --user --group)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-e'|'--env')
        return
        ;;
    '--env-file')
        __swbox_add_completions -f
        return
        ;;
    '-w'|'--workdir')
        return
        ;;
    '-u'|'--user')
        return
        ;;
    '--group')
        return
        ;;
    esac
}

_swbox_ps() {
    repeating_flags=()
    non_repeating_flags=(-a --all -q --quiet --no-trunc -h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_logs() {
    repeating_flags=()
    non_repeating_flags=(-f --follow -t --timestamps -h --help)
    repeating_options=()
    non_repeating_options=(-n --tail --format)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-n'|'--tail')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_wait() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_status() {
    repeating_flags=()
    non_repeating_flags=(--wait -h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_inspect() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_stats() {
    repeating_flags=()
    non_repeating_flags=(--no-stream -h --help)
    repeating_options=()
    non_repeating_options=(-i --interval --format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-i'|'--interval')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_top() {
    repeating_flags=()
    non_repeating_flags=(--no-stream -h --help)
    repeating_options=()
    non_repeating_options=(-i --interval --format)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-i'|'--interval')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_diff() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_cp() {
    repeating_flags=()
    non_repeating_flags=(-a --archive -h --help)
    repeating_options=()
    non_repeating_options=()
    __swbox_offer_flags_options 2
}

_swbox_commit() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=(-c --change)
    non_repeating_options=(-a --author -m --message --pause --format)
    __swbox_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '-a'|'--author')
        return
        ;;
    '-m'|'--message')
        return
        ;;
    '-c'|'--change')
        return
        ;;
    '--pause')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_stop() {
    repeating_flags=()
    non_repeating_flags=(-a --all -h --help)
    repeating_options=()
    non_repeating_options=(-t --time --format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-t'|'--time')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_kill() {
    repeating_flags=()
    non_repeating_flags=(-a --all -h --help)
    repeating_options=()
    non_repeating_options=(-s --signal --format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-s'|'--signal')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_rm() {
    repeating_flags=()
    non_repeating_flags=(-f --force -a --all -h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_images() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_tag() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swbox_offer_flags_options 2
}

_swbox_rmi() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_image() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swbox_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    inspect|lint|import)
        # Offer subcommand argument completions
        "_swbox_image_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'inspect lint import' -- "${cur}"))
        ;;
    esac
}

_swbox_image_inspect() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format --platform)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    '--platform')
        return
        ;;
    esac
}

_swbox_image_lint() {
    repeating_flags=()
    non_repeating_flags=(--strict -h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swbox_add_completions -f
        return
        ;;
    esac
}

_swbox_image_import() {
    repeating_flags=()
    non_repeating_flags=(--no-signature -h --help)
    repeating_options=()
    non_repeating_options=(--compression --format --signature --cert-dir --max-size)
    __swbox_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--compression')
        __swbox_add_completions -W 'none'$'\n''gzip'$'\n''zstd'
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    '--signature')
        __swbox_add_completions -f
        return
        ;;
    '--cert-dir')
        __swbox_add_completions -d
        return
        ;;
    '--max-size')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swbox_add_completions -f
        return
        ;;
    esac
}

_swbox_load() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(-i --input --format)
    __swbox_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-i'|'--input')
        __swbox_add_completions -f
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_save() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format -o --output --platform)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'oci-archive'$'\n''oci-dir'$'\n''docker-archive'
        return
        ;;
    '-o'|'--output')
        __swbox_add_completions -f
        return
        ;;
    '--platform')
        return
        ;;
    esac
}

_swbox_build() {
    repeating_flags=()
    non_repeating_flags=(--no-cache -q --quiet -h --help)
    repeating_options=(--variable)
    non_repeating_options=(-t --tag --context -o --output -C --compression --runtime --format)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-t'|'--tag')
        return
        ;;
    '--context')
        __swbox_add_completions -d
        return
        ;;
    '-o'|'--output')
        __swbox_add_completions -f
        return
        ;;
    '-C'|'--compression')
        __swbox_add_completions -W 'gzip'$'\n''zstd'$'\n''xz'$'\n''none'
        return
        ;;
    '--variable')
        return
        ;;
    '--runtime')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swbox_add_completions -f
        return
        ;;
    esac
}

_swbox_import() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=(--cmd)
    non_repeating_options=(--compression --format)
    __swbox_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--compression')
        __swbox_add_completions -W 'none'$'\n''gzip'$'\n''zstd'
        return
        ;;
    '--cmd')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swbox_add_completions -f
        return
        ;;
    esac
}

_swbox_export() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(-o --output --platform)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-o'|'--output')
        __swbox_add_completions -f
        return
        ;;
    '--platform')
        return
        ;;
    esac
}

_swbox_unpack() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--max-size --platform)
    __swbox_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--max-size')
        return
        ;;
    '--platform')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    2)
        __swbox_add_completions -d
        return
        ;;
    esac
}

_swbox_pull() {
    repeating_flags=()
    non_repeating_flags=(--all-platforms -q --quiet --insecure-policy --no-unpack -h --help)
    repeating_options=()
    non_repeating_options=(--tls-verify --authfile --cert-dir --retry --creds --parallel --platform --format --signature-policy)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--tls-verify')
        return
        ;;
    '--authfile')
        __swbox_add_completions -f
        return
        ;;
    '--cert-dir')
        __swbox_add_completions -d
        return
        ;;
    '--retry')
        return
        ;;
    '--creds')
        return
        ;;
    '--parallel')
        return
        ;;
    '--platform')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    '--signature-policy')
        __swbox_add_completions -f
        return
        ;;
    esac
}

_swbox_push() {
    repeating_flags=()
    non_repeating_flags=(--all-platforms -q --quiet -h --help)
    repeating_options=()
    non_repeating_options=(--tls-verify --authfile --cert-dir --retry --creds --parallel --platform --format --chunk-size)
    __swbox_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--tls-verify')
        return
        ;;
    '--authfile')
        __swbox_add_completions -f
        return
        ;;
    '--cert-dir')
        __swbox_add_completions -d
        return
        ;;
    '--retry')
        return
        ;;
    '--creds')
        return
        ;;
    '--parallel')
        return
        ;;
    '--platform')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    '--chunk-size')
        return
        ;;
    esac
}

_swbox_login() {
    repeating_flags=()
    non_repeating_flags=(--password-stdin --get-login -h --help)
    repeating_options=()
    non_repeating_options=(--tls-verify --authfile --cert-dir --retry -u --username -p --password)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--tls-verify')
        return
        ;;
    '--authfile')
        __swbox_add_completions -f
        return
        ;;
    '--cert-dir')
        __swbox_add_completions -d
        return
        ;;
    '--retry')
        return
        ;;
    '-u'|'--username')
        return
        ;;
    '-p'|'--password')
        return
        ;;
    esac
}

_swbox_logout() {
    repeating_flags=()
    non_repeating_flags=(-a --all -h --help)
    repeating_options=()
    non_repeating_options=(--authfile)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--authfile')
        __swbox_add_completions -f
        return
        ;;
    esac
}

_swbox_deploy() {
    repeating_flags=()
    non_repeating_flags=(--rollback --list -h --help)
    repeating_options=()
    non_repeating_options=(--keep --image --platform --archive --format)
    __swbox_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--keep')
        return
        ;;
    '--image')
        return
        ;;
    '--platform')
        return
        ;;
    '--archive')
        __swbox_add_completions -f
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swbox_add_completions -d
        return
        ;;
    esac
}

_swbox_generate() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swbox_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    systemd)
        # Offer subcommand argument completions
        "_swbox_generate_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'systemd' -- "${cur}"))
        ;;
    esac
}

_swbox_generate_systemd() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swbox_offer_flags_options 1
}

_swbox_trust() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swbox_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|list|rm)
        # Offer subcommand argument completions
        "_swbox_trust_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add list rm' -- "${cur}"))
        ;;
    esac
}

_swbox_trust_add() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--prefix --format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--prefix')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __swbox_add_completions -f
        return
        ;;
    esac
}

_swbox_trust_list() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--format)
    __swbox_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_trust_rm() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=(--prefix --format)
    __swbox_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--prefix')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_gc() {
    repeating_flags=()
    non_repeating_flags=(--dry-run -h --help)
    repeating_options=()
    non_repeating_options=(--grace-period --build-cache --format)
    __swbox_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--grace-period')
        return
        ;;
    '--build-cache')
        return
        ;;
    '--format')
        __swbox_add_completions -W 'table'$'\n''json'
        return
        ;;
    esac
}

_swbox_completion() {
    repeating_flags=()
    non_repeating_flags=(-h --help)
    repeating_options=()
    non_repeating_options=()
    __swbox_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __swbox_add_completions -W 'bash'$'\n''zsh'$'\n''fish'
        return
        ;;
    esac
}

_swbox_help() {
    :
}

complete -o filenames -F _swbox swbox
