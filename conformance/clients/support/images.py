"""Root filesystems for images, made of what is on the machine."""

import os
import shutil
import subprocess

PASSWD = """\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/:/bin/false
alice:x:1000:1000:Alice:/home/alice:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
"""
GROUP = """\
root:x:0:
daemon:x:1:
tty:x:5:
wheel:x:10:alice
alice:x:1000:
nogroup:x:65534:
"""


def busybox(root):
    """Makes a directory with busybox and all its applets, and the users root and alice.

    Its /bin/noexec is a file that is not executable, /bin/badformat one that no kernel knows.
    """
    program = shutil.which("busybox")
    for name in ("bin", "sbin", "usr/bin", "usr/sbin", "etc", "proc", "sys", "dev", "root", "run",
                 "var/tmp", "home/alice"):
        os.makedirs(os.path.join(root, name))
    os.chown(os.path.join(root, "home/alice"), 1000, 1000)
    os.makedirs(os.path.join(root, "tmp"))
    os.chmod(os.path.join(root, "tmp"), 0o1777)
    shutil.copy(program, os.path.join(root, "bin/busybox"))
    applets = subprocess.run([program, "--list-full"], check=True, capture_output=True, text=True)
    for applet in applets.stdout.split():
        path = os.path.join(root, applet)
        if not os.path.lexists(path):
            os.symlink("/bin/busybox", path)
    _write(root, "etc/passwd", PASSWD, 0o644)
    _write(root, "etc/group", GROUP, 0o644)
    _write(root, "bin/noexec", "#!/bin/sh\n", 0o644)
    _write(root, "bin/badformat", "neither a script nor a program\n", 0o755)


def _write(root, name, text, mode):
    path = os.path.join(root, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, mode)
