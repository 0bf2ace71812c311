# A command -> the same, for which every system call that came after Linux 4.9 is one that the kernel does not know.
# usage: linux-4.9.py COMMAND...; x86-64 alone

import ctypes
import errno
import os
import struct
import sys

# pkey_free, of Linux 4.9, is the last one with a number below.
FIRST_LATER_CALL = 332
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NUMBER, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x35, 0x06
ALLOWED, REFUSED = 0x7FFF0000, 0x00050000 | errno.ENOSYS

program = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in [
        (LOAD_NUMBER, 0, 0, 0),
        (JUMP_IF_AT_LEAST, 0, 1, FIRST_LATER_CALL),
        (RETURN, 0, 0, REFUSED),
        (RETURN, 0, 0, ALLOWED),
    ]
)


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_char_p)]


libc = ctypes.CDLL(None, use_errno=True)
given = Filter(len(program) // 8, program)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
    PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(given), 0, 0
):
    sys.exit(f"expected a filter of system calls, received {os.strerror(ctypes.get_errno())}")
os.execvp(sys.argv[1], sys.argv[1:])
