#!/usr/bin/python3
"""Launch strings -> RTSP streams on a free loopback port, for tests.

usage: rtsp-server.py [--port PORT] [--user NAME:PASSWORD [--digest]] PATH=LAUNCH...

LAUNCH ends in RTP payloaders named pay0, pay1, ... Prints `port N` when it listens and ends when stdin closes.
"""
import argparse
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--port", default="0")
parser.add_argument("--user")
parser.add_argument("--digest", action="store_true")
parser.add_argument("mounts", nargs="+", metavar="PATH=LAUNCH")
options = parser.parse_args()

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(options.port)

token = None
if options.user:
    name, _, password = options.user.partition(":")
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if options.digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(name, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
    server.set_auth(auth)

for mount in options.mounts:
    path, _, launch = mount.partition("=")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {launch} )")
    factory.set_shared(True)
    if options.user:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory(path, factory)

if server.attach(None) == 0:
    sys.exit(f"cannot listen on port {options.port}")
print(f"port {server.get_bound_port()}", flush=True)

loop = GLib.MainLoop()
threading.Thread(target=lambda: (sys.stdin.buffer.read(), GLib.idle_add(loop.quit)), daemon=True).start()
loop.run()
