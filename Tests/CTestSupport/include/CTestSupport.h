// GNU extensions that Swift's Glibc module leaves out.
#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

/// A pipe with close-on-exec ends.
int test_pipe(int ends[2]);

/// A close-on-exec file in memory.
int test_memory_file(void);

/// pidfd_open(2)
int test_open_process(int pid);

/// posix_spawn_file_actions_addchdir_np(3)
int test_spawn_in_directory(void *actions, const char *path);

/// posix_spawn_file_actions_addclosefrom_np(3)
int test_spawn_closing_from(void *actions, int first);

#endif
