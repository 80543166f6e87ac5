"""`podman generate kube` and `podman play kube`."""

from support.checks import Checks, contains, equal, expect, until

from podman_checks.client import IMAGE

CHECKS = Checks()
check = CHECKS.check

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: played
spec:
  hostname: named
  containers:
  - name: main
    image: {image}
    imagePullPolicy: Never
    command: [sh, -c, "trap exit TERM; cat /shared/file; hostname; echo $VALUE; {stay}"]
    env: [{{name: VALUE, value: "of env"}}]
    workingDir: /tmp
    resources: {{limits: {{memory: 64Mi, cpu: 500m}}}}
    securityContext:
      readOnlyRootFilesystem: true
      runAsUser: 1000
      capabilities: {{drop: [ALL], add: [NET_ADMIN]}}
    volumeMounts: [{{name: shared, mountPath: /shared}}, {{name: fast, mountPath: /fast}}]
  - name: second
    image: {image}
    imagePullPolicy: Never
    command: [sh, -c, "trap exit TERM; {stay}"]
  volumes:
  - name: shared
    hostPath: {{path: "{work}/played", type: Directory}}
  - name: fast
    emptyDir: {{}}
"""

# Until --down, which would give a program that ignores SIGTERM ten seconds.
STAY = "while :; do usleep 50000; done"


def definition(podman):
    return POD.format(image=IMAGE, work=podman.work, stay=STAY)


def play(podman):
    # No initContainers: podman 4.3 takes twenty seconds to see that one has ended.
    podman.write("played/file", "of the host\n")
    file = podman.write("pod.yaml", definition(podman))
    podman("play", "kube", file)
    until(lambda: podman("logs", "played-main").lines[-1:] == ["of env"], "the program wrote its lines")
    return file


@check("play kube: a pod with volumes and environment")
def _(podman):
    file = play(podman)
    equal(podman("logs", "played-main").lines, ["of the host", "named", "of env"])
    equal(podman("pod", "ps", "--format", "{{.Name}} {{.NumberOfContainers}}").word, "played 3")
    podman("play", "kube", "--down", file)
    equal(podman("ps", "-aq").out, "")


@check("play kube: limits and the security context")
def _(podman):
    play(podman)
    equal(podman.limit("played-main", "memory", "memory.limit_in_bytes"), str(64 << 20))
    equal(podman.limit("played-main", "cpu", "cpu.cfs_quota_us"), "50000")
    out = podman("exec", "played-main", "sh", "-c", "id -u; pwd; grep CapBnd /proc/self/status; touch /x",
                 status=1)
    equal(out.lines[:2], ["1000", "/tmp"])
    contains(out.lines[2], "%016x" % (1 << 12))
    contains(out.err, "Read-only file system")


@check("generate kube: of a pod, and played again")
def _(podman):
    podman("pod", "create", "--name", "p")
    podman.detached("--pod", "p", "-e", "A=1", "--workdir", "/etc")
    file = podman.path("generated.yaml")
    podman("generate", "kube", "--filename", file, "p")
    podman("pod", "rm", "--force", "--time", "0", "p")
    podman("play", "kube", file)
    name = podman("ps", "--format", "{{.Names}}", "--filter", "ancestor=" + IMAGE).word
    contains(name, "one")
    equal(podman("exec", name, "sh", "-c", "pwd; echo $A").lines, ["/etc", "1"])


@check("play kube: a program that is not there")
def _(podman):
    text = definition(podman).replace("[sh, -c, \"trap exit TERM; %s\"]" % STAY, "[not-there]")
    contains(text, "[not-there]")
    result = podman("play", "kube", podman.write("bad.yaml", text), status=None)
    expect(result.status != 0, "it was started all the same")
    contains(result.out + result.err, "not-there")
