#!/usr/bin/python3
"""A thread of another process -> the same, stopped alone, as one that hangs, until stdin closes.

usage: hold-thread.py TID
"""
import ctypes
import sys

PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long

for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
    if libc.ptrace(request, int(sys.argv[1]), None, None) != 0:
        sys.exit(f"ptrace {request:#x}: errno {ctypes.get_errno()}")
print("held", flush=True)
# The kernel lets it go with the end of this process.
sys.stdin.read()
