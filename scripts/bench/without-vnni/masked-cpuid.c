// A process whose ONNX Runtime asks by breakpoints -> answers as of a processor without the instructions in MASKED.
//
// Loaded before a copy of libonnxruntime whose `cpuid` instructions were replaced by breakpoints. /proc/cpuinfo is
// answered from the file in CPUINFO, so that whoever reads it sees the same processor.

#define _GNU_SOURCE
#include <cpuid.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { BITS_7_0_EBX, BITS_7_0_ECX, BITS_7_0_EDX, BITS_7_1_EAX, REGISTERS };

// The bits that are taken away, a register of leaf 7 each; hexadecimal words in MASKED.
static unsigned masked[REGISTERS];

static void answer(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned leaf = (unsigned)registers[REG_RAX], subleaf = (unsigned)registers[REG_RCX];
  unsigned eax, ebx, ecx, edx;
  __cpuid_count(leaf, subleaf, eax, ebx, ecx, edx);
  if (leaf == 7 && subleaf == 0) {
    ebx &= ~masked[BITS_7_0_EBX];
    ecx &= ~masked[BITS_7_0_ECX];
    edx &= ~masked[BITS_7_0_EDX];
  }
  if (leaf == 7 && subleaf == 1) eax &= ~masked[BITS_7_1_EAX];
  registers[REG_RAX] = eax, registers[REG_RBX] = ebx, registers[REG_RCX] = ecx, registers[REG_RDX] = edx;
}

__attribute__((constructor)) static void prepare(void) {
  const char *words = getenv("MASKED");
  for (int i = 0; words && i < REGISTERS; i++) masked[i] = strtoul(words, (char **)&words, 16);
  struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGTRAP, &action, NULL);
}

typedef int (*Open)(const char *path, int flags, ...);

#define OPEN(name)                                                                             \
  int name(const char *path, int flags, ...) {                                                 \
    va_list rest;                                                                              \
    va_start(rest, flags);                                                                     \
    const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;            \
    va_end(rest);                                                                              \
    const char *other = strcmp(path, "/proc/cpuinfo") == 0 ? getenv("CPUINFO") : NULL;         \
    return ((Open)dlsym(RTLD_NEXT, #name))(other ? other : path, flags, mode);                 \
  }
OPEN(open)
OPEN(open64)
