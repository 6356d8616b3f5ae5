"""A client in Python, by Debian's grpcio. Called with an address and what to do: see the functions at the end.

The generated code is in the folder that PYTHONPATH names. A step that the test has to follow is printed, and the test answers by a line."""

import sys
import time

import grpc

import bigtablelite_pb2 as table
import bigtablelite_pb2_grpc
import kvstore_pb2 as store
import kvstore_pb2_grpc

PATIENCE = 30
UNICODE = "grüße \U0001f30d 漢字 \x00 end"

# An own connection for each channel, so that two clients are two.
ALONE = [("grpc.use_local_subchannel_pool", 1), ("grpc.min_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 200)]


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} where {expected!r} was expected")


def step(name):
    print(name, flush=True)
    sys.stdin.readline()


def error_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("it did not fail")


class Client:
    def __init__(self, address, **options):
        self.channel = grpc.insecure_channel(address, options=ALONE, **options)
        self.table = bigtablelite_pb2_grpc.BigTableLiteStub(self.channel)
        self.store = kvstore_pb2_grpc.KeyValueStoreStub(self.channel)


def bigtablelite(address):
    client = Client(address).table
    for key, value in [("a", "1"), (UNICODE, UNICODE), ("empty", ""), ("long", "v" * 1_000_000)]:
        expect(client.Set(table.SetRequest(key=key, value=value), timeout=PATIENCE).success, True)
        got = client.Get(table.GetRequest(key=key), timeout=PATIENCE)
        expect((got.found, got.value), (True, value))
        expect(client.Delete(table.DeleteRequest(key=key), timeout=PATIENCE).success, True)
        expect(client.Get(table.GetRequest(key=key), timeout=PATIENCE).found, False)
        expect(client.Delete(table.DeleteRequest(key=key), timeout=PATIENCE).success, False)


def kvstore(address):
    client = Client(address)
    for key, value in [("b", "1"), (UNICODE, UNICODE), ("empty", ""), ("long", "v" * 1_000_000)]:
        expect(client.store.Set(store.SetRequest(key=key, value=value), timeout=PATIENCE).success, True)
        got = client.store.Get(store.GetRequest(key=key), timeout=PATIENCE)
        expect((got.found, got.value), (True, value))
        expect(client.table.Get(table.GetRequest(key=key), timeout=PATIENCE).value, value)
    expect(client.store.Get(store.GetRequest(key="none"), timeout=PATIENCE).found, False)


def subscribe(address):
    reader, writer = Client(address), Client(address)
    events = reader.store.Subscribe(store.SubscribeRequest(key_pattern="watched/"), timeout=PATIENCE)
    # The headers come when it follows what is written.
    events.initial_metadata()
    writer.store.Set(store.SetRequest(key="other", value="no"), timeout=PATIENCE)
    writer.store.Set(store.SetRequest(key="watched/ü", value=UNICODE), timeout=PATIENCE)
    writer.store.Set(store.SetRequest(key="watched/empty", value=""), timeout=PATIENCE)
    writer.table.Delete(table.DeleteRequest(key="watched/ü"), timeout=PATIENCE)
    kind = store.ChangeEvent
    for expected in [(kind.SET, "watched/ü", UNICODE), (kind.SET, "watched/empty", ""), (kind.DELETE, "watched/ü", "")]:
        event = next(events)
        expect((event.change_type, event.key, event.value), expected)
        expect(abs(event.timestamp / 1000 - time.time()) < PATIENCE, True)
    events.cancel()


def errors(address):
    client = Client(address)
    for call in [
        lambda: client.store.Set(store.SetRequest(key="", value="v"), timeout=PATIENCE),
        lambda: client.table.Get(table.GetRequest(key="k" * 2_000), timeout=PATIENCE),
    ]:
        error = error_of(call)
        expect(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        trailers = dict(error.trailing_metadata())
        expect(error.details().split(":")[0], trailers["kvstore-error-code"])
    nothing = client.channel.unary_unary("/kvstore.KeyValueStore/Nothing")
    expect(error_of(lambda: nothing(b"", timeout=PATIENCE)).code(), grpc.StatusCode.UNIMPLEMENTED)


def gzip(address):
    client = Client(address, compression=grpc.Compression.Gzip)
    value = "compressible " * 50_000
    expect(client.store.Set(store.SetRequest(key="gzip", value=value), timeout=PATIENCE).success, True)
    expect(client.store.Get(store.GetRequest(key="gzip"), timeout=PATIENCE).value, value)
    expect(client.store.Get(store.GetRequest(key="none"), timeout=PATIENCE).found, False)


def metadata(address):
    every_byte = bytes(range(256))
    sent = [("x-text", "a b~"), ("x-every-bin", every_byte), ("x-empty-bin", b""), ("x-pad-bin", b"1"), ("x-pad-bin", b"12")]
    _, call = Client(address).table.Get.with_call(table.GetRequest(key="echo"), metadata=sent, timeout=PATIENCE)
    for received in [call.initial_metadata(), call.trailing_metadata()]:
        expect([entry for entry in received if entry[0].startswith("x-")], sent)


def deadline(address):
    client = Client(address)
    events = client.store.Subscribe(store.SubscribeRequest(key_pattern="nothing/"), timeout=0.2)
    expect(error_of(lambda: next(events)).code(), grpc.StatusCode.DEADLINE_EXCEEDED)
    step("exceeded")


def cancel(address):
    client = Client(address)
    events = client.store.Subscribe(store.SubscribeRequest(key_pattern="nothing/"))
    events.initial_metadata()
    step("subscribed")
    events.cancel()
    expect(error_of(lambda: next(events)).code(), grpc.StatusCode.CANCELLED)
    step("cancelled")


def restart(address):
    client = Client(address)
    expect(client.store.Get(store.GetRequest(key="none"), timeout=PATIENCE).found, False)
    step("up")
    expect(error_of(lambda: client.store.Get(store.GetRequest(key="none"), timeout=PATIENCE)).code(), grpc.StatusCode.UNAVAILABLE)
    step("down")
    expect(client.store.Get(store.GetRequest(key="none"), timeout=PATIENCE, wait_for_ready=True).found, False)


if __name__ == "__main__":
    globals()[sys.argv[2]](sys.argv[1])
