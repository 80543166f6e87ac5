// This file stands in for os/rlimit.go of Go's library while the checker
// inside the container is built: there, a program raises its own soft
// RLIMIT_NOFILE before main, and could not see the limit the runtime set.

package os
