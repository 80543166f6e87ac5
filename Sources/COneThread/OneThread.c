// What a program of one thread does without. Swift's static libraries bring parts of a program's start that swrun has
// no use for, and that each start pays: libdispatch, because the runtime of concurrency knows how to hand it work; the
// search for a program that prints backtraces; and a look through /proc/self/maps for the command line. The linker takes
// a member of a library only for a symbol that is still missing, so those that are defined here leave theirs out.
//
// Only where the program is linked statically: a shared library comes whole.
#if ONE_THREAD
#include <stdlib.h>

#define HIDDEN __attribute__((visibility("hidden")))

// MARK: Command line

static char **arguments;
static int argument_count;

/// The C library gives these to each constructor.
__attribute__((constructor(101))) static void keep_command_line(int count, char **words) {
  arguments = words;
  argument_count = count;
}

HIDDEN char **_swift_stdlib_getUnsafeArgvArgc(int *count) {
  *count = argument_count;
  return arguments;
}

// MARK: Backtraces

/// `BacktraceSettings` of Swift's runtime, all off. A message of a failed precondition is printed as ever; no
/// environment variable makes swrun execute another program.
HIDDEN _Alignas(16) char _swift_backtraceSettings[256];
/// Which of the program's functions are thunks, in a backtrace.
HIDDEN _Bool _swift_backtrace_isThunkFunction(const char *name) { return name == NULL; }

// MARK: Dispatch

/// Nothing here is asynchronous: whoever comes here has broken that rule.
#define NEVER(name) HIDDEN _Noreturn void name(void) { abort(); }
NEVER(dispatch_activate)
NEVER(dispatch_after_f)
NEVER(dispatch_assert_queue)
NEVER(dispatch_async_f)
NEVER(dispatch_main)
NEVER(dispatch_queue_attr_make_with_qos_class)
NEVER(dispatch_queue_create)
NEVER(dispatch_queue_set_width)
NEVER(dispatch_release)
NEVER(dispatch_set_context)
NEVER(dispatch_source_create)
NEVER(dispatch_source_set_event_handler_f)
NEVER(dispatch_source_set_timer)
NEVER(dispatch_walltime)
HIDDEN char _dispatch_main_q[1], _dispatch_queue_attr_concurrent[1], _dispatch_source_type_timer[1];
#endif
