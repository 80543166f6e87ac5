# shellcheck shell=bash
# shellcheck disable=SC2034 # Used by the scripts that read this file.
# What the scripts of this directory share: where things are, and how they speak.

guest=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=$(dirname "$guest")

# The image, its kernel and the emulator: one for all guests and clones of the project.
GUEST_CACHE=$(realpath -m "${GUEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/swrun-guest}")
# A running guest's sockets, logs and process ids. Each guest has a directory of its own.
GUEST_STATE=$(realpath -m "${GUEST_STATE:-$GUEST_CACHE/running}")

disk=$GUEST_CACHE/disk
kernel=$GUEST_CACHE/kernel
key=$GUEST_CACHE/key
tools=$GUEST_CACHE/tools

say() { printf 'guest: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# What the image is made of, as one hash: another one makes another image.
recipe() {
  (cd "$guest" && find image packages files -type f -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -c -64
}

image_is_current() {
  [[ -e $disk && $(cat "$GUEST_CACHE/recipe" 2>/dev/null) == "$(recipe)" ]]
}

# Whether the process of a pid file lives, and is one of the guest's programs.
lives() {
  [[ -s $1 && $(readlink "/proc/$(<"$1")/exe") == "$tools"/* ]]
}
