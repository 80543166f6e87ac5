"""Calls the methods of the CRI over gRPC."""

import grpc

from cri import messages


class Refused(Exception):
    """The server's answer is an error: its code's name and its text."""

    def __init__(self, code, text):
        super().__init__("%s: %s" % (code, text))
        self.code = code
        self.text = text


class Client:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel("unix:" + socket)

    def call(self, method, message=None, service="RuntimeService", timeout=60):
        """The response to a message, both as dicts."""
        request, response = messages.METHODS.get(
            method, (method + "Request", method + "Response"))
        function = self.channel.unary_unary("/runtime.v1.%s/%s" % (service, method))
        try:
            answer = function(messages.encode(message or {}, request), timeout=timeout,
                              wait_for_ready=True)
        except grpc.RpcError as error:
            raise Refused(error.code().name, error.details()) from None
        return messages.decode(answer, response)

    def is_ready(self):
        """Whether the server has begun to serve pods: it takes connections before."""
        try:
            self.call("ListPodSandbox")
        except Refused:
            return False
        return True

    def close(self):
        self.channel.close()


def remove_all_pods(client):
    """Removes all pods, with what is in them."""
    for pod in client.call("ListPodSandbox")["items"]:
        message = {"pod_sandbox_id": pod["id"]}
        client.call("StopPodSandbox", message)
        client.call("RemovePodSandbox", message)
