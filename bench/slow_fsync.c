/* Preloaded: every fsync and fdatasync takes 2 ms longer, as on an ordinary disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_2ms(void) {
    struct timespec pause = {0, 2000000};
    nanosleep(&pause, 0);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_2ms();
    return real(fd);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_2ms();
    return real(fd);
}
