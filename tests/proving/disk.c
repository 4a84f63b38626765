/* Between the program and its disk: counts the calls on the files of one folder, fails the Nth of a
 * kind, and writes down what reached the disk and when. Loaded with LD_PRELOAD; the program is the one
 * that is shipped.
 *
 * DISK_FOLDER  the folder, absolute and without links
 * DISK_BOARD   a file of numbers that the test and this library share: what fails, and what was counted
 * DISK_TRACE   a file to write records to; absent when nothing is to be recorded
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { NONE, WRITE, SYNC, OPEN, TRUNCATE, MAP, RENAME, CALLS };

/* Every field is 8 bytes, so that the other side needs no layout but an order. */
struct board {
  uint64_t fails;    /* which kind of call, or NONE */
  uint64_t nth;      /* the first that fails */
  uint64_t for_good; /* whether those after it fail too */
  uint64_t error;    /* with which errno; 0: the process is killed there */
  uint64_t healed;   /* set by the test: nothing fails any more */
  uint64_t struck;   /* calls that failed */
  uint64_t calls[CALLS];
};

enum record { WROTE = 1, CUT, SYNCED, MADE, RENAMED, REMOVED, LEFT };

/* A record: this head, then the file's name inside the folder, then the bytes. */
struct head {
  uint32_t record;
  uint32_t name_bytes;
  uint64_t bytes;
  uint64_t at; /* WROTE: offset. CUT: length. SYNCED: size of the trace when it began */
};

#define FILES 4096
static struct board nowhere;
static struct board *board = &nowhere;
static char folder[1024];
static size_t folder_bytes;
static int trace = -1;
static char *names[FILES]; /* of open files of the folder, by descriptor */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("DISK_FOLDER");
  if (!path) return;
  snprintf(folder, sizeof folder, "%s", path);
  folder_bytes = strlen(folder);
  int shared = syscall(SYS_openat, AT_FDCWD, getenv("DISK_BOARD"), O_RDWR | O_CLOEXEC, 0);
  if (shared >= 0) {
    void *at = mmap(0, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
    if (at != MAP_FAILED) board = at;
    syscall(SYS_close, shared);
  }
  if (getenv("DISK_TRACE"))
    trace = syscall(SYS_openat, AT_FDCWD, getenv("DISK_TRACE"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The name inside the folder, "" for the folder itself, or null for what lies elsewhere. */
static const char *inside(const char *path, char *space) {
  if (!folder_bytes) return 0;
  if (path[0] != '/') {
    if (!getcwd(space, 2048)) return 0;
    size_t here = strlen(space);
    while (path[0] == '.' && path[1] == '/') path += 2;
    if (strcmp(path, ".")) snprintf(space + here, 2048 - here, "/%s", path);
    path = space;
  }
  if (strncmp(path, folder, folder_bytes)) return 0;
  const char *rest = path + folder_bytes;
  if (!*rest) return rest;
  if (*rest != '/') return 0;
  while (rest[0] == '/' || (rest[0] == '.' && rest[1] == '/')) rest++;
  return strcmp(rest, ".") ? rest : "";
}

static const char *name_of(int fd) { return fd >= 0 && fd < FILES ? names[fd] : 0; }

/* Counts a call; answers whether it has to fail. */
static int strikes(enum call call) {
  uint64_t nth = __atomic_add_fetch(&board->calls[call], 1, __ATOMIC_SEQ_CST);
  if (board->fails != (uint64_t)call || __atomic_load_n(&board->healed, __ATOMIC_SEQ_CST)) return 0;
  if (nth != board->nth && !(board->for_good && nth > board->nth)) return 0;
  __atomic_add_fetch(&board->struck, 1, __ATOMIC_SEQ_CST);
  if (!board->error) kill(getpid(), SIGKILL);
  errno = (int)board->error;
  return 1;
}

static void note(enum record record, const char *name, uint64_t at, const struct iovec *parts, int count) {
  if (trace < 0) return;
  struct head head = {record, strlen(name), 0, at};
  struct iovec whole[16] = {{&head, sizeof head}, {(void *)name, head.name_bytes}};
  int used = 2;
  for (int i = 0; i < count && used < 16; i++) {
    head.bytes += parts[i].iov_len;
    whole[used++] = parts[i];
  }
  syscall(SYS_writev, trace, whole, used);
}

static uint64_t trace_bytes(void) { return trace < 0 ? 0 : (uint64_t)lseek(trace, 0, SEEK_END); }

/* A write to a file of the folder: done and recorded as one step. */
static ssize_t put(int fd, const char *name, const void *bytes, size_t count, off_t at, int moves) {
  if (strikes(WRITE)) return -1;
  pthread_mutex_lock(&order);
  if (moves) at = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
  ssize_t done = moves ? syscall(SYS_write, fd, bytes, count) : syscall(SYS_pwrite64, fd, bytes, count, at);
  int error = errno;
  if (done > 0) note(WROTE, name, at, &(struct iovec){(void *)bytes, done}, 1);
  pthread_mutex_unlock(&order);
  errno = error;
  return done;
}

/* Bytes that leave the machine: recorded before they go. */
static void leaves(int fd, const struct iovec *parts, int count) {
  int kind;
  socklen_t size = sizeof kind;
  if (trace < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size)) return;
  pthread_mutex_lock(&order);
  note(LEFT, "", 0, parts, count > 13 ? 13 : count);
  pthread_mutex_unlock(&order);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  const char *name = name_of(fd);
  if (name) return put(fd, name, bytes, count, 0, 1);
  leaves(fd, &(struct iovec){(void *)bytes, count}, 1);
  return syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  const char *name = name_of(fd);
  return name ? put(fd, name, bytes, count, at, 0) : syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
  const char *name = name_of(fd);
  if (name) {
    ssize_t all = 0;
    for (int i = 0; i < count; i++) {
      ssize_t done = put(fd, name, parts[i].iov_base, parts[i].iov_len, 0, 1);
      if (done < 0) return all ? all : -1;
      all += done;
    }
    return all;
  }
  leaves(fd, parts, count);
  return syscall(SYS_writev, fd, parts, count);
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
  leaves(fd, &(struct iovec){(void *)bytes, count}, 1);
  return syscall(SYS_sendto, fd, bytes, count, flags, 0, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  leaves(fd, message->msg_iov, (int)message->msg_iovlen);
  return syscall(SYS_sendmsg, fd, message, flags);
}

static int synced(int fd, long number) {
  const char *name = name_of(fd);
  if (!name) return syscall(number, fd);
  if (strikes(SYNC)) return -1;
  uint64_t began = trace_bytes();
  int failed = syscall(number, fd);
  if (!failed) note(SYNCED, name, began, 0, 0);
  return failed;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int ftruncate64(int fd, off64_t length) {
  const char *name = name_of(fd);
  if (!name) return syscall(SYS_ftruncate, fd, length);
  if (strikes(TRUNCATE)) return -1;
  pthread_mutex_lock(&order);
  int failed = syscall(SYS_ftruncate, fd, length);
  if (!failed) note(CUT, name, length, 0, 0);
  pthread_mutex_unlock(&order);
  return failed;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int opened(int at, const char *path, int flags, mode_t mode) {
  char space[2048];
  const char *name = at == AT_FDCWD || path[0] == '/' ? inside(path, space) : 0;
  if (!name) return syscall(SYS_openat, at, path, flags, mode);
  if (strikes(OPEN)) return -1;
  pthread_mutex_lock(&order);
  int was = syscall(SYS_faccessat, at, path, F_OK) == 0;
  int fd = syscall(SYS_openat, at, path, flags, mode);
  int error = errno;
  if (fd >= 0 && !was) note(MADE, name, 0, 0, 0);
  if (fd >= 0 && was && flags & O_TRUNC) note(CUT, name, 0, 0, 0);
  if (fd >= 0 && fd < FILES) {
    free(names[fd]);
    names[fd] = strdup(name);
  }
  pthread_mutex_unlock(&order);
  errno = error;
  return fd;
}

#define MODE                                  \
  mode_t mode = 0;                            \
  if (flags & (O_CREAT | __O_TMPFILE)) {      \
    va_list rest;                             \
    va_start(rest, flags);                    \
    mode = va_arg(rest, mode_t);              \
    va_end(rest);                             \
  }

int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags | O_LARGEFILE, mode); }

int close(int fd) {
  if (name_of(fd)) {
    pthread_mutex_lock(&order);
    free(names[fd]);
    names[fd] = 0;
    pthread_mutex_unlock(&order);
  }
  return syscall(SYS_close, fd);
}

void *mmap64(void *at, size_t bytes, int protection, int flags, int fd, off64_t offset) {
  if (name_of(fd) && strikes(MAP)) return MAP_FAILED;
  return (void *)syscall(SYS_mmap, at, bytes, protection, flags, fd, offset);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return mmap64(at, bytes, protection, flags, fd, offset);
}

int unlink(const char *path) {
  char space[2048];
  const char *name = inside(path, space);
  if (!name) return syscall(SYS_unlink, path);
  pthread_mutex_lock(&order);
  int failed = syscall(SYS_unlink, path);
  if (!failed) note(REMOVED, name, 0, 0, 0);
  pthread_mutex_unlock(&order);
  return failed;
}

int rename(const char *from, const char *to) {
  char space[2048], other[2048];
  const char *name = inside(from, space), *renamed = inside(to, other);
  if (!name || !renamed) return syscall(SYS_rename, from, to);
  if (strikes(RENAME)) return -1;
  pthread_mutex_lock(&order);
  int failed = syscall(SYS_rename, from, to);
  if (!failed) note(RENAMED, name, 0, &(struct iovec){(void *)renamed, strlen(renamed)}, 1);
  pthread_mutex_unlock(&order);
  return failed;
}
