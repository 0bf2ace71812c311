#!/usr/bin/python3
"""Services -> announced by multicast DNS (python-zeroconf) on one address, for tests.

usage: announce.py ADDRESS HOST KIND=PORT...

Prints `announced` when they are, and ends when stdin closes.
"""
import socket
import sys

from zeroconf import ServiceInfo, Zeroconf

address, host, *services = sys.argv[1:]
zeroconf = Zeroconf(interfaces=[address])
for service in services:
    kind, _, port = service.partition("=")
    name = f"{host} {kind.split('.')[0].strip('_')}.{kind}.local."
    info = ServiceInfo(f"{kind}.local.", name, port=int(port), addresses=[socket.inet_aton(address)], server=f"{host}.local.")
    zeroconf.register_service(info)
print("announced", flush=True)
sys.stdin.buffer.read()
zeroconf.close()
