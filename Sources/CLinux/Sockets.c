#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_DESCRIPTORS 8

long linux_send(int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count) {
  char control[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)];
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor_count > MOST_DESCRIPTORS) return -EINVAL;
  if (descriptor_count > 0) {
    memset(control, 0, sizeof control);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)descriptor_count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)descriptor_count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)descriptor_count);
  }
  // A peer that is gone is an error to report, not a reason to die of SIGPIPE.
  ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  return sent < 0 ? -(long)errno : sent;
}

long linux_receive(int socket, void *bytes, size_t count, int *descriptors, int *descriptor_count) {
  char control[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)];
  struct iovec part = {.iov_base = bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (received < 0) return -(long)errno;
  int wanted = *descriptor_count, taken = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t bytes_of_descriptors = header->cmsg_len - CMSG_LEN(0);
    for (size_t offset = 0; offset + sizeof(int) <= bytes_of_descriptors; offset += sizeof(int)) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + offset, sizeof descriptor);
      // Nobody asked for it: keeping it would leak it into the container.
      if (taken < wanted) descriptors[taken++] = descriptor; else close(descriptor);
    }
  }
  *descriptor_count = taken;
  return received;
}

/// Makes a socket and its address; a path too long for sockaddr_un is -ENAMETOOLONG. A name that begins with
/// `@` is in the abstract namespace.
static long unix_socket(const char *path, int type, struct sockaddr_un *address, socklen_t *size) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  size_t length = strlen(path);
  if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memcpy(address->sun_path, path, length);
  *size = sizeof *address;
  if (path[0] == '@') {
    address->sun_path[0] = '\0';
    // Every byte of it counts, so there is none behind the name.
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  }
  int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  return descriptor < 0 ? -(long)errno : descriptor;
}

long linux_unix_connect(const char *path, int type) {
  struct sockaddr_un address;
  socklen_t size;
  long descriptor = unix_socket(path, type, &address, &size);
  if (descriptor < 0) return descriptor;
  if (connect((int)descriptor, (struct sockaddr *)&address, size) == 0) return descriptor;
  long error = -(long)errno;
  close((int)descriptor);
  return error;
}

long linux_unix_listen(const char *path, int type) {
  struct sockaddr_un address;
  socklen_t size;
  long descriptor = unix_socket(path, type, &address, &size);
  if (descriptor < 0) return descriptor;
  if (bind((int)descriptor, (struct sockaddr *)&address, size) == 0 &&
      (type == SOCK_DGRAM || listen((int)descriptor, 4) == 0))
    return descriptor;
  long error = -(long)errno;
  close((int)descriptor);
  return error;
}
