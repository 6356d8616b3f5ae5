// A client in Go, by Debian's grpc. Called with an address and what to do: see the functions that main names.
//
// A step that the test has to follow is printed, and the test answers by a line.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	table "bigtablelite/proto"
	store "kvstore/proto"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const (
	patience = 30 * time.Second
	unicode  = "grüße \U0001f30d 漢字 \x00 end"
)

var input = bufio.NewReader(os.Stdin)

func step(name string) {
	fmt.Println(name)
	input.ReadString('\n')
}

func expect(actual, expected interface{}) {
	if actual != expected {
		panic(fmt.Sprintf("%v where %v was expected", actual, expected))
	}
}

func no(err error) {
	if err != nil {
		panic(err)
	}
}

type client struct {
	table table.BigTableLiteClient
	store store.KeyValueStoreClient
}

func dial(address string, options ...grpc.DialOption) client {
	quick := backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.1, MaxDelay: 200 * time.Millisecond}
	connection, err := grpc.Dial(address, append(options,
		grpc.WithInsecure(), grpc.WithConnectParams(grpc.ConnectParams{Backoff: quick, MinConnectTimeout: time.Second}))...)
	no(err)
	return client{table.NewBigTableLiteClient(connection), store.NewKeyValueStoreClient(connection)}
}

func soon() context.Context {
	ctx, _ := context.WithTimeout(context.Background(), patience)
	return ctx
}

func set(c client, key, value string) {
	answer, err := c.store.Set(soon(), &store.SetRequest{Key: key, Value: value})
	no(err)
	expect(answer.Success, true)
}

func values() map[string]string {
	return map[string]string{"a": "1", unicode: unicode, "empty": "", "long": strings.Repeat("v", 1000000)}
}

func bigtablelite(address string) {
	c := dial(address).table
	for key, value := range values() {
		wrote, err := c.Set(soon(), &table.SetRequest{Key: key, Value: value})
		no(err)
		expect(wrote.Success, true)
		got, err := c.Get(soon(), &table.GetRequest{Key: key})
		no(err)
		expect(got.Found, true)
		expect(got.Value, value)
		for _, success := range []bool{true, false} {
			deleted, err := c.Delete(soon(), &table.DeleteRequest{Key: key})
			no(err)
			expect(deleted.Success, success)
		}
	}
}

func kvstore(address string) {
	c := dial(address)
	for key, value := range values() {
		set(c, key, value)
		got, err := c.store.Get(soon(), &store.GetRequest{Key: key})
		no(err)
		expect(got.Found, true)
		expect(got.Value, value)
	}
	got, err := c.store.Get(soon(), &store.GetRequest{Key: "none"})
	no(err)
	expect(got.Found, false)
}

func subscribe(address string) {
	reader, writer := dial(address), dial(address)
	events, err := reader.store.Subscribe(soon(), &store.SubscribeRequest{KeyPattern: "watched/"})
	no(err)
	// The headers come when it follows what is written.
	_, err = events.Header()
	no(err)
	set(writer, "other", "no")
	set(writer, "watched/ü", unicode)
	set(writer, "watched/empty", "")
	_, err = writer.table.Delete(soon(), &table.DeleteRequest{Key: "watched/ü"})
	no(err)
	for _, expected := range []store.ChangeEvent{
		{ChangeType: store.ChangeEvent_SET, Key: "watched/ü", Value: unicode},
		{ChangeType: store.ChangeEvent_SET, Key: "watched/empty"},
		{ChangeType: store.ChangeEvent_DELETE, Key: "watched/ü"},
	} {
		event, err := events.Recv()
		no(err)
		expect(event.ChangeType, expected.ChangeType)
		expect(event.Key, expected.Key)
		expect(event.Value, expected.Value)
		age := time.Since(time.Unix(0, event.Timestamp*int64(time.Millisecond)))
		expect(age < patience && age > -patience, true)
	}
}

func errors(address string) {
	c := dial(address)
	var trailer metadata.MD
	_, err := c.store.Set(soon(), &store.SetRequest{Value: "v"}, grpc.Trailer(&trailer))
	expect(status.Code(err), codes.InvalidArgument)
	expect(strings.Split(status.Convert(err).Message(), ":")[0], trailer.Get("kvstore-error-code")[0])
}

func compressed(address string) {
	c := dial(address, grpc.WithDefaultCallOptions(grpc.UseCompressor(gzip.Name)))
	value := strings.Repeat("compressible ", 50000)
	set(c, "gzip", value)
	got, err := c.store.Get(soon(), &store.GetRequest{Key: "gzip"})
	no(err)
	expect(got.Value, value)
}

func echo(address string) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	ctx := metadata.AppendToOutgoingContext(soon(), "x-text", "a b~", "x-every-bin", string(every), "x-pad-bin", "1", "x-pad-bin", "12")
	var header, trailer metadata.MD
	_, err := dial(address).table.Get(ctx, &table.GetRequest{Key: "echo"}, grpc.Header(&header), grpc.Trailer(&trailer))
	no(err)
	for _, received := range []metadata.MD{header, trailer} {
		expect(received.Get("x-text")[0], "a b~")
		expect(bytes.Equal([]byte(received.Get("x-every-bin")[0]), every), true)
		expect(strings.Join(received.Get("x-pad-bin"), "+"), "1+12")
	}
}

func deadline(address string) {
	ctx, stop := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer stop()
	events, err := dial(address).store.Subscribe(ctx, &store.SubscribeRequest{KeyPattern: "nothing/"})
	if err == nil {
		_, err = events.Recv()
	}
	expect(status.Code(err), codes.DeadlineExceeded)
	step("exceeded")
}

func cancel(address string) {
	ctx, stop := context.WithCancel(context.Background())
	events, err := dial(address).store.Subscribe(ctx, &store.SubscribeRequest{KeyPattern: "nothing/"})
	no(err)
	_, err = events.Header()
	no(err)
	step("subscribed")
	stop()
	_, err = events.Recv()
	expect(status.Code(err), codes.Canceled)
	step("cancelled")
}

func restart(address string) {
	c := dial(address).store
	_, err := c.Get(soon(), &store.GetRequest{Key: "none"})
	no(err)
	step("up")
	_, err = c.Get(soon(), &store.GetRequest{Key: "none"})
	expect(status.Code(err), codes.Unavailable)
	step("down")
	_, err = c.Get(soon(), &store.GetRequest{Key: "none"}, grpc.WaitForReady(true))
	no(err)
}

// As the kubelet does for a grpc probe (kubernetes, pkg/probe/grpc): a connection of its own for each, which it waits for and then leaves.
func probe(address string) {
	for service, expected := range map[string]codes.Code{
		"": codes.OK, "kvstore.KeyValueStore": codes.OK, "bigtablelite.BigTableLite": codes.OK, "nope": codes.NotFound,
	} {
		ctx, stop := context.WithTimeout(context.Background(), patience)
		connection, err := grpc.DialContext(ctx, address, grpc.WithInsecure(), grpc.WithBlock(), grpc.WithUserAgent("kube-probe/1.34"))
		no(err)
		answer, err := health.NewHealthClient(connection).Check(ctx, &health.HealthCheckRequest{Service: service})
		expect(status.Code(err), expected)
		if err == nil {
			expect(answer.Status, health.HealthCheckResponse_SERVING)
		}
		connection.Close()
		stop()
	}
}

func main() {
	map[string]func(string){
		"bigtablelite": bigtablelite, "kvstore": kvstore, "subscribe": subscribe, "errors": errors, "gzip": compressed,
		"metadata": echo, "deadline": deadline, "cancel": cancel, "restart": restart,
		"probe": probe,
	}[os.Args[2]](os.Args[1])
}
